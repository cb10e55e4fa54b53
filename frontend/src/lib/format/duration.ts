import { NONE, plural, THIN } from "./number";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The two largest parts of a span: "3 d 4 h", "12 min", "8 s". */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole}${THIN}s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}${THIN}min`;
  if (whole < DAY) return parts(whole, HOUR, "h", MINUTE, "min");
  return parts(whole, DAY, "d", HOUR, "h");
}

function parts(whole: number, big: number, bigName: string, small: number, smallName: string) {
  const first = `${Math.floor(whole / big)}${THIN}${bigName}`;
  const rest = Math.floor((whole % big) / small);
  return rest ? `${first} ${rest}${THIN}${smallName}` : first;
}

/** A span of days as one says it of something to come: "41 days", "5 months". */
export function formatDays(days: number): string {
  if (days < 1) return "less than a day";
  const [length, name] = unitOf(days);
  return plural(Math.round(days / length), name);
}

/** Two spans of days in the unit that suits `typical`: "30–70"; "" where they are the same. */
export function formatDaysBetween(least: number, most: number, typical: number): string {
  const [length] = unitOf(typical);
  const [first, last] = [Math.round(least / length), Math.round(most / length)];
  return first === last ? "" : `${first}–${last}`;
}

/** The length in days and the name of the unit in which one says so many days. */
function unitOf(days: number): [length: number, name: string] {
  if (days < 90) return [1, "day"];
  return days < 730 ? [30.44, "month"] : [365.25, "year"];
}
