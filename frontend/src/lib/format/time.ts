import { formatDuration } from "./duration";

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

const DAY_MS = 86_400_000;

/** "4 min ago"; within ten seconds "just now"; what lies ahead of our clock is "just now" too. */
export function formatAgo(time: Date, now: Date): string {
  const seconds = (now.getTime() - time.getTime()) / 1000;
  if (seconds < 10) return "just now";
  const [largest] = formatDuration(seconds).split(" ");
  return `${largest} ago`;
}

/** Date and time in full, for titles and tables. */
export function formatAbsolute(time: Date): string {
  return absolute.format(time);
}

/** "14:02" today, with the date on any other day. */
export function formatMoment(time: Date, now: Date): string {
  const sameDay = time.toDateString() === now.toDateString();
  return sameDay ? clock.format(time) : dayAndClock.format(time);
}

/** The two ends of a stretch of time: "14:02–14:10", with dates where it leaves the day. */
export function formatSpan(from: Date, to: Date, now: Date): string {
  const short = to.getTime() - from.getTime() < DAY_MS && sameDay(from, to);
  return short
    ? `${formatMoment(from, now)}–${clock.format(to)}`
    : `${formatMoment(from, now)} – ${formatMoment(to, now)}`;
}

const sameDay = (one: Date, other: Date) => one.toDateString() === other.toDateString();
