import type { Forecast } from "@/api/past";
import { formatAgo, formatBytes, formatDays, formatDaysBetween } from "@/lib/format";

const DAY_MS = 86_400_000;
/** Farther than this nobody plans: it counts as no end in sight. */
const FARTHEST_DAYS = 3650;

/** Where a filesystem is heading, in words: "+1.2 GiB a day, full in about 41 days (30–70)". */
export function trendOf(forecast: Forecast, now: Date): string {
  const { state, bytes_per_day, full_at, jumped_at } = forecast;
  switch (state) {
    case "unknown":
      return jumped_at === null
        ? "too little data for a trend"
        : `recently jumped, ${formatAgo(new Date(jumped_at), now)}`;
    case "steady":
      return "steady";
    case "emptying":
      return `shrinking, ${perDay(bytes_per_day)}`;
    case "filling": {
      const days = daysUntil(full_at, now);
      if (days === null || days > FARTHEST_DAYS) return perDay(bytes_per_day);
      return `${perDay(bytes_per_day)}, ${fullIn(days)}${spread(forecast, days, now)}`;
    }
  }
}

/** "full in about 41 days". */
export function fullIn(days: number): string {
  return `full in ${days < 1 ? "" : "about "}${formatDays(days)}`;
}

function perDay(bytes: number | null): string {
  if (bytes === null) return "slowly";
  return `${bytes < 0 ? "−" : "+"}${formatBytes(Math.abs(bytes))} a day`;
}

function spread({ full_at_earliest, full_at_latest }: Forecast, days: number, now: Date): string {
  const [first, last] = [daysUntil(full_at_earliest, now), daysUntil(full_at_latest, now)];
  if (first === null || last === null) return "";
  const between = formatDaysBetween(first, last, days);
  return between && ` (${between})`;
}

/** Days until a moment, never below none. */
export function daysUntil(moment: string | null, now: Date): number | null {
  return moment === null ? null : Math.max(0, (Date.parse(moment) - now.getTime()) / DAY_MS);
}
