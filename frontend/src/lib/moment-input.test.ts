import { expect, it } from "vitest";
import { fromLocalInput, toLocalInput } from "./moment-input";

it("gives back what was put in, to the second", () => {
  const seconds = Date.UTC(2026, 10, 21, 10, 4, 7) / 1000;
  expect(toLocalInput(seconds)).toMatch(/^2026-11-2\dT\d\d:\d4:07$/);
  expect(fromLocalInput(toLocalInput(seconds))).toBe(seconds);
});

it.each(["", null, undefined, "noon"])("is nothing of %s", (value) => {
  expect(fromLocalInput(value)).toBeNull();
});
