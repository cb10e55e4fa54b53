import { describe, expect, it } from "vitest";
import { formatDays, formatDaysBetween, formatDuration } from "./duration";
import { formatAgo } from "./time";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [60, "1 min"],
    [3600, "1 h"],
    [3660, "1 h 1 min"],
    [86_400 * 41 + 7200, "41 d 2 h"],
    [Number.POSITIVE_INFINITY, "–"],
  ])("%d s", (seconds, text) => {
    expect(plain(formatDuration(seconds))).toBe(text);
  });
});

describe("formatDays", () => {
  it.each([
    [0.4, "less than a day"],
    [1, "1 day"],
    [41.3, "41 days"],
    [180, "6 months"],
    [1500, "4 years"],
  ])("%d", (days, text) => {
    expect(formatDays(days)).toBe(text);
  });
});

describe("formatDaysBetween", () => {
  it.each([
    [30, 70, 41, "30–70"],
    [41, 41.3, 41, ""],
    [120, 200, 180, "4–7"],
    [600, 1500, 900, "2–4"],
  ])("%d to %d, mostly %d", (least, most, typical, text) => {
    expect(formatDaysBetween(least, most, typical)).toBe(text);
  });
});

describe("formatAgo", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  it.each([
    ["2026-03-01T11:59:55Z", "just now"],
    ["2026-03-01T12:04:00Z", "just now"],
    ["2026-03-01T11:56:00Z", "4 min ago"],
    ["2026-02-26T10:00:00Z", "3 d ago"],
  ])("%s", (time, text) => {
    expect(plain(formatAgo(new Date(time), now))).toBe(text);
  });
});
