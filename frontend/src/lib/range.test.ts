import { describe, expect, it } from "vitest";
import {
  between,
  parseHostSearch,
  parseRange,
  secondsOf,
  shifted,
  windowOf,
  zoomed,
} from "./range";

const now = new Date(1_000_003_000);

describe("parseRange", () => {
  it.each([
    [{ range: "7d" }, { range: "7d" }],
    [{ range: "1h" }, {}],
    [{ range: "2 years" }, {}],
    [
      { from: "100.5", to: "200", range: "7d" },
      { from: 100, to: 200 },
    ],
    [{ from: 200, to: 100 }, {}],
    [{ from: "x", to: {} }, {}],
    [{}, {}],
  ])("%j", (search, range) => {
    expect(parseRange(search)).toEqual(range);
  });
});

describe("parseHostSearch", () => {
  it("takes a moment beside the range", () => {
    expect(parseHostSearch({ range: "7d", at: "1700.9" })).toEqual({ range: "7d", at: 1700 });
    expect(parseHostSearch({ at: "yesterday" })).toEqual({});
  });

  it("takes another moment to compare with, where there is a first one", () => {
    expect(parseHostSearch({ at: 1700, than: "1800" })).toEqual({ at: 1700, than: 1800 });
    expect(parseHostSearch({ at: 1700, than: "now" })).toEqual({ at: 1700, than: "now" });
    expect(parseHostSearch({ at: 1700, than: "never" })).toEqual({ at: 1700 });
    expect(parseHostSearch({ than: 1800 })).toEqual({});
  });
});

describe("windowOf", () => {
  it("ends a live window on a step, so that the charts of a view ask for the same", () => {
    expect(windowOf({}, now)).toEqual({ from: 1_000_010 - 3600, to: 1_000_010, live: true });
  });

  it("takes two moments as they are", () => {
    expect(windowOf({ from: 5, to: 9 }, now)).toEqual({ from: 5, to: 9, live: false });
  });
});

describe("moving and zooming", () => {
  const window = { from: 1000, to: 2000 };

  it("moves by a share of the length", () => {
    expect(shifted(window, -0.5, now)).toEqual({ from: 500, to: 1500 });
  });

  it("never leads into the future", () => {
    const late = { from: 1_000_000, to: 1_000_002 };
    expect(shifted(late, 0.5, now).to).toBe(1_000_003);
    expect(zoomed({ from: 900_000, to: 1_000_000 }, 2, now).to).toBe(1_000_003);
  });

  it("zooms around the middle and never below a minute", () => {
    expect(zoomed(window, 0.5, now)).toEqual({ from: 1250, to: 1750 });
    expect(zoomed({ from: 0, to: 60 }, 0.5, now)).toEqual({ from: 0, to: 60 });
    expect(between({ from: 10.4, to: 10.9 })).toEqual({ from: 10, to: 70 });
  });

  it("knows how long a span is", () => {
    expect(secondsOf("15m")).toBe(900);
    expect(secondsOf("1y")).toBe(31_536_000);
  });
});
