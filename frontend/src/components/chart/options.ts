import type uPlot from "uplot";
import type { Tone } from "@/components/Status";
import { resolveColor } from "@/lib/theme";
import { incrementsOf, rangeFrom, timeLabels } from "./axis";
import { type ChartSeries, gapsOf, type Strip } from "./data";
import type { ChartGroup, TimeWindow } from "./group";

const FONT = "11px Inter, system-ui, sans-serif";
/** A drag shorter than this many pixels is a click. */
const SHORTEST_DRAG_PIXELS = 6;

/** What a chart shows; it changes with every sample. */
export interface ChartData {
  timestamps: readonly number[];
  series: readonly ChartSeries[];
  strip?: Strip;
}

export interface ChartLook {
  unit: string;
  format: (value: number) => string;
  maximum: number | undefined;
  height: number;
}

/** uPlot's columns: the timestamps, each series, and two more for a band. */
export function columnsOf(timestamps: readonly number[], series: readonly ChartSeries[]) {
  const columns: (readonly (number | null)[])[] = [timestamps];
  for (const one of series) {
    columns.push(one.values);
    if (one.band) columns.push(one.band.maximum, one.band.minimum);
  }
  return columns as unknown as uPlot.AlignedData;
}

/** Where each series stands among uPlot's columns. */
export function placesOf(series: readonly ChartSeries[]): number[] {
  let next = 1;
  return series.map((one) => {
    const place = next;
    next += one.band ? 3 : 1;
    return place;
  });
}

/** Everything uPlot is told about a chart, in the colours of the theme in force. */
export function optionsOf(
  series: readonly ChartSeries[],
  look: ChartLook,
  group: () => ChartGroup,
  current: () => ChartData,
): Omit<uPlot.Options, "width"> {
  return {
    height: look.height,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: () => [group().window.from, group().window.to] },
      y: { range: rangeFrom(look.maximum, () => referencesOf(current().series)) },
    },
    axes: axesOf(look),
    ...linesOf(series),
    cursor: cursorOf(group),
    hooks: {
      ready: [(chart) => pinOnClick(chart, group)],
      setCursor: [(chart) => followPointer(chart, group())],
      setSelect: [(chart) => zoomToSelection(chart, group())],
      drawClear: [(chart) => shadeGaps(chart, current(), group())],
      draw: [
        (chart) => drawStrip(chart, current(), group().window),
        (chart) => drawMarks(chart, group()),
      ],
    },
  };
}

function axesOf({ unit, format }: ChartLook): uPlot.Axis[] {
  const ink = resolveColor("var(--color-muted)");
  const grid = { stroke: resolveColor("var(--color-line)"), width: 1 };
  const shared = { stroke: ink, font: FONT, ticks: { show: false }, border: { show: false } };
  return [
    { ...shared, grid: { show: false }, values: timeLabels, space: 64, size: 26, gap: 6 },
    {
      ...shared,
      grid,
      size: 66,
      gap: 8,
      space: 34,
      incrs: incrementsOf(unit),
      values: (_chart, splits) => splits.map(format),
    },
  ];
}

/** The heights of the lines to compare with. */
const referencesOf = (series: readonly ChartSeries[]): number[] =>
  series.filter((one) => one.reference).map((one) => one.values[0] ?? 0);

function linesOf(series: readonly ChartSeries[]): Pick<uPlot.Options, "series" | "bands"> {
  const lines: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const one of series) {
    lines.push({
      label: one.label,
      stroke: resolveColor(one.color),
      width: one.reference ? 1 : 1.5,
      auto: !one.reference,
      ...(one.reference ? { dash: [4, 4] } : {}),
      ...(one.filled ? { fill: resolveColor(one.color, 0.14) } : {}),
      points: { show: showLonelyPoints, size: 4 },
    });
    if (!one.band) continue;
    const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
    bands.push({ series: [lines.length, lines.length + 1], fill: resolveColor(one.color, 0.16) });
    lines.push(edge, edge);
  }
  return { series: lines, bands };
}

/** uPlot's own rule would dot dense lines; only samples between two gaps need a dot. */
function showLonelyPoints(chart: uPlot, place: number): boolean {
  const values = chart.data[place];
  if (!values) return false;
  let known = 0;
  for (const value of values) if (value !== null && value !== undefined) known += 1;
  return known === 1;
}

function cursorOf(group: () => ChartGroup): uPlot.Cursor {
  return {
    y: false,
    drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG_PIXELS },
    points: { size: 6 },
    move: (chart, left, top) => {
      const { crosshair } = group();
      const held = crosshair.pinned && crosshair.time !== null;
      return [held ? chart.valToPos(crosshair.time ?? 0, "x") : left, top];
    },
    bind: {
      dblclick: () => () => {
        // The two clicks on the way may have left a moment pinned.
        group().crosshair.release();
        group().onReset();
        return null;
      },
    },
  };
}

/** Tell the group where the pointer is, where it is on this very chart. */
function followPointer(chart: uPlot, group: ChartGroup): void {
  if (!chart.over.matches(":hover")) return;
  const left = chart.cursor.left ?? -1;
  group.crosshair.move(left < 0 ? null : chart.posToVal(left, "x"));
}

/** A click that is no drag pins the shared moment, or lets go of it. */
function pinOnClick({ over }: uPlot, group: () => ChartGroup): void {
  let pressedAt = 0;
  over.addEventListener("mousedown", (event) => {
    pressedAt = event.clientX;
  });
  over.addEventListener("click", (event) => {
    if (Math.abs(event.clientX - pressedAt) < SHORTEST_DRAG_PIXELS) group().crosshair.togglePin();
  });
}

function zoomToSelection(chart: uPlot, group: ChartGroup): void {
  const { left, width } = chart.select;
  if (width < SHORTEST_DRAG_PIXELS) return;
  group.onZoom({ from: chart.posToVal(left, "x"), to: chart.posToVal(left + width, "x") });
  chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
}

function shadeGaps(chart: uPlot, { timestamps, series }: ChartData, group: ChartGroup): void {
  chart.ctx.fillStyle = resolveColor("var(--color-muted)", 0.08);
  for (const gap of gapsOf(timestamps, series)) {
    const left = chart.valToPos(Math.max(gap.from, group.window.from), "x", true);
    const right = chart.valToPos(Math.min(gap.to, group.window.to), "x", true);
    if (right > left) chart.ctx.fillRect(left, chart.bbox.top, right - left, chart.bbox.height);
  }
}

const STRIP_PIXELS = 4;

/** Each stretch of a state along the foot of the chart; nothing where it is not known. */
function drawStrip(chart: uPlot, { timestamps, strip }: ChartData, window: TimeWindow): void {
  if (!strip) return;
  const { ctx, bbox } = chart;
  const height = STRIP_PIXELS * devicePixelRatio;
  const colors = { on: color("ok"), off: color("critical"), both: color("warning") };
  ctx.save();
  strip.values.forEach((share, index) => {
    const from = timestamps[index];
    if (share === null || from === undefined) return;
    const until = timestamps[index + 1] ?? from + (from - (timestamps[index - 1] ?? from));
    const left = chart.valToPos(Math.max(from, window.from), "x", true);
    const right = chart.valToPos(Math.min(until, window.to), "x", true);
    if (right <= left) return;
    ctx.fillStyle = share === 1 ? colors.on : share === 0 ? colors.off : colors.both;
    ctx.fillRect(left, bbox.top + bbox.height - height, Math.ceil(right - left), height);
  });
  ctx.restore();
}

const color = (tone: Tone) => resolveColor(`var(--color-${tone})`, 0.75);

function drawMarks(chart: uPlot, group: ChartGroup): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = resolveColor("var(--color-series-4)", 0.7);
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of group.marks) {
    if (mark.time < group.window.from || mark.time > group.window.to) continue;
    const x = Math.round(chart.valToPos(mark.time, "x", true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
