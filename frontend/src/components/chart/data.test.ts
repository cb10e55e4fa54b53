import { describe, expect, it } from "vitest";
import { type ChartSeries, gapsOf, nearest, wordOf } from "./data";

const series = (values: (number | null)[], more: Partial<ChartSeries> = {}): ChartSeries => ({
  label: "x",
  color: "red",
  values,
  ...more,
});

describe("gapsOf", () => {
  it("reaches from the last sample before to the first one after", () => {
    const gaps = gapsOf([10, 20, 30, 40], [series([1, null, null, 2])]);
    expect(gaps).toEqual([{ from: 10, to: 40 }]);
  });

  it("is none while any series has a value", () => {
    expect(gapsOf([10, 20], [series([1, null]), series([null, 2])])).toEqual([]);
  });

  it("does not take a reference line for data", () => {
    const limit = series([100, 100, 100], { reference: true });
    const gaps = gapsOf([10, 20, 30], [series([1, null, 1]), limit]);
    expect(gaps).toEqual([{ from: 10, to: 30 }]);
  });

  it("lasts to the end where nothing came any more", () => {
    const times = [10, 20, 30, 40, 50];
    const gaps = gapsOf(times, [series([1, null, null, null, null])]);
    expect(gaps).toEqual([{ from: 10, to: 50 }]);
  });

  it("is none while the next sample may still be on its way", () => {
    expect(gapsOf([10, 20, 30], [series([1, 2, null])])).toEqual([]);
  });

  it("is none before data started", () => {
    expect(gapsOf([10, 20, 30], [series([null, null, 1])])).toEqual([]);
  });

  it("is none where there never was a sample", () => {
    expect(gapsOf([10, 20], [series([null, null])])).toEqual([]);
  });
});

describe("nearest", () => {
  it.each([
    [5, 0],
    [14, 0],
    [16, 1],
    [99, 2],
  ])("to %d", (time, index) => {
    expect(nearest([10, 20, 30], time)).toBe(index);
  });

  it("is none of none", () => {
    expect(nearest([], 5)).toBe(-1);
  });
});

describe("wordOf", () => {
  const strip = { label: "Link", values: [], on: "up", off: "down" };
  it.each([
    [1, "up"],
    [0, "down"],
    [0.3, "up and down"],
    [null, null],
  ])("of %s", (share, word) => {
    expect(wordOf(strip, share)).toBe(word);
  });
});
