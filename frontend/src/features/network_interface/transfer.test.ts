import { expect, it } from "vitest";
import { daysOf, monthsOf } from "./transfer";

const at = (text: string) => Date.parse(`${text}Z`) / 1000;

it("adds up days and months, the newest first", () => {
  const series = {
    timestamps: ["10-30T00:00", "10-31T00:00", "11-01T00:00", "11-02T00:00", "11-02T12:00"].map(
      (time) => at(`2026-${time}`),
    ),
    columns: { rx_bytes: [1, 2, null, 4, 1], tx_bytes: [10, null, null, 40, 0] },
  };
  expect(daysOf(series)).toEqual([
    { name: "2026-11-02", received: 5, sent: 40 },
    { name: "2026-10-31", received: 2, sent: 0 },
    { name: "2026-10-30", received: 1, sent: 10 },
  ]);
  expect(monthsOf(series)).toEqual([
    { name: "2026-11", received: 5, sent: 40 },
    { name: "2026-10", received: 3, sent: 10 },
  ]);
});

it("is nothing of nothing", () => {
  expect(daysOf(undefined)).toEqual([]);
});
