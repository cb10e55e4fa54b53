import { memo } from "react";

/** One value per equal step of time; null where there is no data. */
export type SparkValues = readonly (number | null)[];

interface SparklineProps {
  values: SparkValues;
  /** What a person who can't see it is told. */
  label: string;
  /** The value at the lower and upper edge; the upper follows the data where absent. */
  minimum?: number;
  maximum?: number;
  width?: number;
  height?: number;
  color?: string;
}

/** A small line with its area, broken where data is missing. Drawn once per change of its values. */
export const Sparkline = memo(function Sparkline({
  values,
  label,
  minimum = 0,
  maximum,
  width = 96,
  height = 24,
  color = "var(--color-series-1)",
}: SparklineProps) {
  const top = maximum ?? Math.max(minimum + 1e-9, ...values.map((value) => value ?? minimum));
  const runs = runsOf(values);
  const x = (index: number) => (index / Math.max(1, values.length - 1)) * width;
  const y = (value: number) =>
    1 + (1 - Math.min(1, Math.max(0, (value - minimum) / (top - minimum || 1)))) * (height - 2);
  const lines = runs.map((run) => linePath(run, x, y));
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className="block w-full"
      style={{ height }}
    >
      <path
        d={runs.map((run, i) => areaPath(run, lines[i] ?? "", x, height)).join("")}
        fill={color}
        opacity={0.14}
      />
      <path
        d={lines.join("")}
        fill="none"
        stroke={color}
        strokeWidth={1.4}
        strokeLinejoin="round"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
});

interface MirroredSparklineProps {
  up: SparkValues;
  down: SparkValues;
  label: string;
  width?: number;
  height?: number;
}

/** Two directions around one middle line, at one scale: received above, sent below. */
export function MirroredSparkline({
  up,
  down,
  label,
  width = 120,
  height = 32,
}: MirroredSparklineProps) {
  const maximum = Math.max(1, ...up.map((v) => v ?? 0), ...down.map((v) => v ?? 0));
  const half = height / 2;
  return (
    <div role="img" aria-label={label} className="w-full" style={{ maxWidth: width * 2 }}>
      <div aria-hidden="true">
        <Sparkline
          values={up}
          label=""
          maximum={maximum}
          height={half}
          width={width}
          color="var(--color-series-1)"
        />
        <div className="-scale-y-100">
          <Sparkline
            values={down}
            label=""
            maximum={maximum}
            height={half}
            width={width}
            color="var(--color-series-2)"
          />
        </div>
      </div>
    </div>
  );
}

type Point = readonly [index: number, value: number];

/** The stretches without a gap. */
export function runsOf(values: SparkValues): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] | undefined;
  values.forEach((value, index) => {
    if (value === null) {
      run = undefined;
      return;
    }
    if (!run) {
      run = [];
      runs.push(run);
    }
    run.push([index, value]);
  });
  return runs;
}

type Place = (value: number) => number;

function linePath(run: Point[], x: Place, y: Place): string {
  const [first, ...rest] = run;
  if (!first) return "";
  const at = ([index, value]: Point) => `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
  // A sample alone between two gaps is drawn as a dot, by a line to itself.
  return `M${at(first)}L${(rest.length ? rest : [first]).map(at).join(" ")}`;
}

function areaPath(run: Point[], line: string, x: Place, height: number): string {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last || run.length < 2) return "";
  return `${line}L${x(last[0]).toFixed(1)} ${height} ${x(first[0]).toFixed(1)} ${height}Z`;
}
