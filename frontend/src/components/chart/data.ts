import type { TimeWindow } from "./group";

/** One line of a chart; `values` stand at the chart's timestamps, null where there is no data. */
export interface ChartSeries {
  label: string;
  values: readonly (number | null)[];
  /** A CSS colour, mostly `var(--color-series-1)`. */
  color: string;
  /** The extremes of what `values` averages, drawn as a band behind it. */
  band?: { minimum: readonly (number | null)[]; maximum: readonly (number | null)[] };
  filled?: boolean;
  /** A line to compare with (a limit, a capacity) rather than a measurement. */
  reference?: boolean;
}

/** A state under the lines, as a thin band along the foot of the chart. */
export interface Strip {
  label: string;
  /** At the chart's timestamps the share of the time in which it was on; null: not known. */
  values: readonly (number | null)[];
  /** What the two states are called. */
  on: string;
  off: string;
}

/** A strip's value in words. */
export function wordOf({ on, off }: Strip, share: number | null | undefined): string | null {
  if (share === null || share === undefined) return null;
  if (share === 0 || share === 1) return share ? on : off;
  return `${on} and ${off}`;
}

/** An empty stretch at the end is a gap only if it is longer than so many steps. */
const LONGEST_WAIT_STEPS = 3;

/** The stretches in which no series has a value, from the sample before to the one after. */
export function gapsOf(
  timestamps: readonly number[],
  series: readonly ChartSeries[],
): TimeWindow[] {
  const measured = series.filter((one) => !one.reference);
  const gaps: TimeWindow[] = [];
  let lastSeen: number | null = null;
  let open = false;
  timestamps.forEach((time, index) => {
    if (measured.every((one) => (one.values[index] ?? null) === null)) {
      open = true;
      return;
    }
    // Before the first sample there is no gap: data had not started yet.
    if (open && lastSeen !== null) gaps.push({ from: lastSeen, to: time });
    open = false;
    lastSeen = time;
  });
  const end = timestamps.at(-1) ?? 0;
  const step = end - (timestamps.at(-2) ?? end);
  if (open && lastSeen !== null && end - lastSeen > LONGEST_WAIT_STEPS * step) {
    gaps.push({ from: lastSeen, to: end });
  }
  return gaps;
}

/** The index of the timestamp nearest to `time`; -1 where there is none. */
export function nearest(timestamps: readonly number[], time: number): number {
  let low = 0;
  let high = timestamps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestamps[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [timestamps[low - 1], timestamps[low]];
  if (before !== undefined && after !== undefined && time - before < after - time) return low - 1;
  return high < 0 ? -1 : low;
}
