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

/** The stretches within the window in which no series has a value, longest edge to edge. */
export function gapsOf(
  timestamps: readonly number[],
  series: readonly ChartSeries[],
  window: TimeWindow,
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
    if (open) gaps.push({ from: lastSeen ?? Math.max(window.from, timestamps[0] ?? 0), to: time });
    open = false;
    lastSeen = time;
  });
  if (open && lastSeen !== null) gaps.push({ from: lastSeen, to: timestamps.at(-1) ?? window.to });
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
