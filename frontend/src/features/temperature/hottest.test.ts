import { expect, it } from "vitest";
import { hottestOf } from "./hottest";

it("is the sensor with the highest reading, or none", () => {
  const temperatures = [
    { sensor: "disk", celsius: 41 },
    { sensor: "core", celsius: 68 },
  ];
  expect(hottestOf({ temperatures })?.sensor).toBe("core");
  expect(hottestOf({ temperatures: [] })).toBeNull();
  expect(hottestOf({ temperatures: null })).toBeNull();
});
