import { formatMoment, formatSpan, NONE } from "@/lib/format";
import { type ChartSeries, gapsOf, nearest, type Strip, wordOf } from "./data";
import { type Mark, type TimeWindow, useChartGroup, useCrosshairTime } from "./group";

interface ChartLegendProps {
  timestamps: readonly number[];
  series: readonly ChartSeries[];
  strip?: Strip;
  format: (value: number | null) => string;
  isolated: number | null;
  onIsolate: (index: number) => void;
}

/** The lines' names with their values at the crosshair, else the newest; a click isolates one. */
export function ChartLegend(props: ChartLegendProps) {
  const { timestamps, series, strip, format, isolated, onIsolate } = props;
  const { crosshair, marks, window } = useChartGroup();
  const time = useCrosshairTime(crosshair);
  const index = time === null ? newest(timestamps, series) : nearest(timestamps, time);
  const gap =
    time === null
      ? undefined
      : gapsOf(timestamps, series).find((one) => one.from < time && time < one.to);
  const mark = time === null ? undefined : markNear(time, marks, window);
  return (
    <figcaption className="mb-1 flex min-h-6 flex-wrap items-baseline gap-x-4 gap-y-0.5 text-xs">
      {series.map((one, i) => (
        <button
          key={one.label}
          type="button"
          aria-pressed={isolated === i}
          className={`flex items-baseline gap-1.5 ${isolated === null || isolated === i ? "" : "opacity-50"}`}
          onClick={() => onIsolate(i)}
        >
          <span
            aria-hidden="true"
            className="h-2 w-2 shrink-0 self-center rounded-xs"
            style={{ background: one.color }}
          />
          <span className="text-muted">{one.label}</span>
          <span className="font-medium">{format(gap ? null : (one.values[index] ?? null))}</span>
        </button>
      ))}
      {strip && !gap && (
        <span className="text-muted">
          {strip.label}{" "}
          <span className="font-medium text-ink">{wordOf(strip, strip.values[index]) ?? NONE}</span>
        </span>
      )}
      <span className="ml-auto text-muted">
        {gap
          ? `no data ${formatSpan(new Date(gap.from * 1000), new Date(gap.to * 1000), new Date())}`
          : time !== null &&
            [formatMoment(new Date(time * 1000), new Date()), mark].filter(Boolean).join(" · ")}
      </span>
    </figcaption>
  );
}

/** The last place at which anything was measured. */
function newest(timestamps: readonly number[], series: readonly ChartSeries[]): number {
  for (let index = timestamps.length - 1; index >= 0; index -= 1) {
    if (series.some((one) => !one.reference && (one.values[index] ?? null) !== null)) return index;
  }
  return -1;
}

/** As near as the hundredth part of the window counts as pointed at. */
function markNear(time: number, marks: readonly Mark[], window: TimeWindow): string | undefined {
  const reach = (window.to - window.from) / 100;
  return marks.find((mark) => Math.abs(mark.time - time) < reach)?.label;
}
