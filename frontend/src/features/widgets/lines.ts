import type { Series } from "@/api/series-columns";
import type { ChartSeries } from "@/components/chart/data";
import type { SparkValues } from "@/components/Sparkline";
import type { Window } from "@/lib/range";

/** A line of a chart: a field of the answer, or a constant to compare with. */
export type Line = { label: string; color: string; filled?: boolean } & (
  | { field: string; value?: never }
  | { value: number; field?: never }
);

/** The lines of a chart that have anything to show; none where nothing was measured. */
export function linesOf(series: Series | undefined, lines: readonly Line[]): ChartSeries[] {
  if (!series) return [];
  const drawn = lines
    .map((line) => drawnLine(series, line))
    .filter((line): line is ChartSeries => line !== null);
  return drawn.some((line) => !line.reference) ? drawn : [];
}

function drawnLine(series: Series, line: Line): ChartSeries | null {
  const { label, color, filled } = line;
  if (line.field === undefined) {
    return { label, color, reference: true, values: series.timestamps.map(() => line.value) };
  }
  const values = series.columns[line.field];
  // A host that never reports the field (no swap, no iowait) gets no line for it.
  if (!values?.some((value) => value !== null)) return null;
  return { label, color, filled, values, band: filled ? bandOf(series, line.field) : undefined };
}

function bandOf({ columns }: Series, field: string): ChartSeries["band"] {
  const [minimum, maximum] = [columns[`${field}.min`], columns[`${field}.max`]];
  return minimum && maximum ? { minimum, maximum } : undefined;
}

/** One field in equal steps over the window, the last value of each step, as sparklines take it. */
export function sparkOf(series: Series | undefined, field: string, window: Window, steps: number) {
  const spark: (number | null)[] = Array.from({ length: steps }, () => null);
  const step = (window.to - window.from) / steps;
  series?.timestamps.forEach((time, index) => {
    const value = series.columns[field]?.[index] ?? null;
    const place = Math.floor((time - window.from) / step);
    if (value !== null && place >= 0 && place < steps) spark[place] = value;
  });
  return bridged(spark);
}

/** Samples may be farther apart than steps are: a hole of one or two steps is no gap. */
const LONGEST_BRIDGE = 2;

function bridged(spark: SparkValues): SparkValues {
  let last = Number.NEGATIVE_INFINITY;
  const whole = [...spark];
  spark.forEach((value, index) => {
    if (value === null) return;
    const hole = index - last - 1;
    if (hole > 0 && hole <= LONGEST_BRIDGE) whole.fill(spark[last] ?? null, last + 1, index);
    last = index;
  });
  return whole;
}

/** Where data begins, if that is clearly after the window does; else null. */
export function startOf(series: Series, drawn: readonly ChartSeries[], window: Window) {
  const first = series.timestamps.findIndex((_, index) =>
    drawn.some((line) => !line.reference && (line.values[index] ?? null) !== null),
  );
  const start = series.timestamps[first];
  if (start === undefined) return null;
  return start - window.from > (window.to - window.from) / 20 ? start : null;
}
