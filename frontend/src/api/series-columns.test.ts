import { describe, expect, it } from "vitest";
import { columnsOf } from "./series-columns";

const at = (second: number, value: number | null, flag = "ok") => ({
  timestamp: new Date(second * 1000).toISOString(),
  flag,
  value,
});

describe("columnsOf", () => {
  it("gives a column for each field that is asked for", () => {
    const series = columnsOf([at(10, 1), at(20, null)], ["value", "other"]);
    expect(series).toEqual({
      timestamps: [10, 20],
      columns: { value: [1, null], other: [null, null] },
    });
  });

  it("puts a moment without values into a gap", () => {
    const series = columnsOf([at(10, 1), at(100, 2, "gap")], ["value"]);
    expect(series.timestamps).toEqual([10, 55, 100]);
    expect(series.columns.value).toEqual([1, null, 2]);
  });

  it("draws on over a reset: its rate is known", () => {
    expect(columnsOf([at(10, 1), at(20, 2, "reset")], ["value"]).timestamps).toEqual([10, 20]);
  });

  it("has no gap before the first point", () => {
    expect(columnsOf([at(10, 1, "gap")], ["value"]).timestamps).toEqual([10]);
  });
});
