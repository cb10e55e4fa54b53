import { describe, expect, it } from "vitest";
import { formatIn } from "./units";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("formatIn", () => {
  it.each([
    ["%", 12.34, "12 %"],
    ["KiB/s", 2048, "2 MiB/s"],
    ["kilobits/s", 1500, "1.5 Mbit/s"],
    ["celsius", 4, "4 celsius"],
    ["%", null, "–"],
    ["KiB/s", null, "–"],
    ["kilobits/s", null, "–"],
    ["celsius", null, "–"],
  ])("%s of %s", (unit, value, text) => {
    expect(plain(formatIn(unit, value))).toBe(text);
  });
});
