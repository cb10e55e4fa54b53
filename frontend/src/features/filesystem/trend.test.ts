import { describe, expect, it } from "vitest";
import type { Forecast } from "@/api/past";
import { trendOf } from "./trend";

const now = new Date("2026-03-01T00:00:00Z");
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();
const forecast = (more: Partial<Forecast>): Forecast => ({
  state: "filling",
  bytes_per_day: 1.2 * 2 ** 30,
  full_at: inDays(41),
  full_at_earliest: inDays(30),
  full_at_latest: inDays(70),
  jumped_at: null,
  ...more,
});

describe("trendOf", () => {
  it.each([
    [{}, "+1.2 GiB a day, full in about 41 days (30–70)"],
    [{ full_at_latest: null }, "+1.2 GiB a day, full in about 41 days"],
    [{ full_at: null }, "+1.2 GiB a day"],
    [{ full_at: inDays(9000) }, "+1.2 GiB a day"],
    [{ full_at: inDays(-2), full_at_earliest: null }, "+1.2 GiB a day, full in less than a day"],
    [{ state: "emptying", bytes_per_day: -2048 }, "shrinking, −2 KiB a day"],
    [{ state: "steady", bytes_per_day: 0 }, "steady"],
    [
      { full_at: inDays(180), full_at_earliest: inDays(120), full_at_latest: inDays(200) },
      "+1.2 GiB a day, full in about 6 months (4–7)",
    ],
    [{ state: "unknown", bytes_per_day: null }, "too little data for a trend"],
    [{ state: "unknown", bytes_per_day: null, jumped_at: inDays(-3) }, "recently jumped, 3 d ago"],
  ] as const)("%j", (more, words) => {
    expect(trendOf(forecast(more), now).replaceAll("\u202f", " ")).toBe(words);
  });
});
