import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { runsOf, Sparkline } from "./Sparkline";

describe("runsOf", () => {
  it("breaks at every gap and keeps each sample's place", () => {
    expect(runsOf([1, null, null, 2, 3, null])).toEqual([
      [[0, 1]],
      [
        [3, 2],
        [4, 3],
      ],
    ]);
    expect(runsOf([null])).toEqual([]);
  });
});

describe("Sparkline", () => {
  const lineOf = (name: string) =>
    screen.getByRole("img", { name }).querySelectorAll("path")[1]?.getAttribute("d");

  it("draws no line across a gap", () => {
    render(<Sparkline values={[0, 1, null, 1]} label="load" width={30} height={12} maximum={1} />);
    expect(lineOf("load")).toBe("M0.0 11.0L10.0 1.0M30.0 1.0L30.0 1.0");
  });

  it("stays inside its box where a value leaves the scale", () => {
    render(<Sparkline values={[-5, 500]} label="odd" width={10} height={12} maximum={100} />);
    expect(lineOf("odd")).toBe("M0.0 11.0L10.0 1.0");
  });

  it("draws nothing where there is no data", () => {
    render(<Sparkline values={[null, null]} label="empty" />);
    expect(lineOf("empty")).toBe("");
  });
});
