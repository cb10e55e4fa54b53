import { describe, expect, it } from "vitest";
import { linesOf, sparkOf, startOf } from "./lines";

const series = {
  timestamps: [100, 110, 120],
  columns: { used: [1, null, 3], never: [null, null, null] },
};
const used = { field: "used", label: "Used", color: "red" };

describe("linesOf", () => {
  it("leaves out what the host does not report", () => {
    const never = { field: "never", label: "Never", color: "red" };
    expect(linesOf(series, [used, never]).map((line) => line.label)).toEqual(["Used"]);
  });

  it("puts the extremes behind the mean of what is filled", () => {
    const averaged = { ...series, columns: { used: [2], "used.min": [1], "used.max": [3] } };
    const [line] = linesOf(averaged, [{ ...used, filled: true }]);
    expect(line?.band).toEqual({ minimum: [1], maximum: [3] });
  });

  it("draws no limit without anything to compare with it", () => {
    const limit = { value: 10, label: "Limit", color: "red" };
    expect(linesOf(series, [used, limit])).toHaveLength(2);
    expect(linesOf({ timestamps: [], columns: {} }, [limit])).toEqual([]);
  });
});

describe("sparkOf", () => {
  const window = { from: 100, to: 200 };

  it("puts samples into the steps of their time and leaves long holes open", () => {
    const spread = { timestamps: [100, 130, 199], columns: { used: [1, 2, 3] } };
    expect(sparkOf(spread, "used", window, 10)).toEqual([
      1,
      1,
      1,
      2,
      null,
      null,
      null,
      null,
      null,
      3,
    ]);
  });

  it("is empty before anything is known", () => {
    expect(sparkOf(undefined, "used", window, 2)).toEqual([null, null]);
  });
});

describe("startOf", () => {
  it("says where data begins only where that is well within the window", () => {
    const drawn = linesOf(series, [used]);
    expect(startOf(series, drawn, { from: 0, to: 200 })).toBe(100);
    expect(startOf(series, drawn, { from: 99, to: 199 })).toBeNull();
  });
});
