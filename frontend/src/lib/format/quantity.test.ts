import { describe, expect, it } from "vitest";
import { formatBytes, formatPercent, formatQuantity, formatRate } from "./quantity";

/** Narrow blanks as plain ones, so that the expectations can be read. */
const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1,023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [1023.9 * 1024, "1 MiB"],
    [1_999_844_147_200, "1.82 TiB"],
    [2 ** 63, "8 EiB"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("%d", (bytes, text) => {
    expect(plain(formatBytes(bytes))).toBe(text);
  });
});

describe("formatRate", () => {
  it("writes bits in SI and bytes in IEC", () => {
    expect(plain(formatRate(125_000_000, "bits"))).toBe("1 Gbit/s");
    expect(plain(formatRate(1_048_576, "bytes"))).toBe("1 MiB/s");
    expect(plain(formatRate(0, "bits"))).toBe("0 bit/s");
  });
});

describe("formatPercent", () => {
  it.each([
    [0, "0 %"],
    [0.04, "0 %"],
    [4.25, "4.3 %"],
    [9.96, "10 %"],
    [99.7, "100 %"],
  ])("%d", (percent, text) => {
    expect(plain(formatPercent(percent))).toBe(text);
  });
});

describe("formatQuantity", () => {
  it.each([
    [2048, "bytes", "2 KiB"],
    [2048, "bytes_per_second", "16.4 kbit/s"],
    [0.25, "seconds_per_second", "25 %"],
    [47.4, "celsius", "47 °C"],
    [90061, "seconds", "1 d 1 h"],
    [0.00347, "seconds", "3.47 ms"],
    [12_400, "packets_per_second", "12.4 k/s"],
    [3, "inodes", "3"],
    [92.44, "watts", "92.4 W"],
    [231, "volts", "231 V"],
    [1153.4, "rpm", "1,153 rpm"],
  ])("%d %s", (value, unit, text) => {
    expect(plain(formatQuantity(value, unit, "bits"))).toBe(text);
  });
});
