import { useQuery } from "@tanstack/react-query";
import {
  NETDATA_RANGES,
  type NetdataMetric,
  type NetdataMetrics,
  type NetdataRange,
  netdataMetricsQuery,
  netdataStateQuery,
} from "@/api/netdata";
import { Sparkline } from "@/components/Sparkline";
import { Skeleton } from "@/components/States";
import { formatIn } from "./units";

const METRICS: readonly { name: keyof NetdataMetrics; label: string; color: string }[] = [
  { name: "cpu", label: "CPU", color: "var(--color-series-1)" },
  { name: "ram", label: "Memory", color: "var(--color-series-2)" },
  { name: "disk", label: "Disk", color: "var(--color-series-3)" },
  { name: "network_in", label: "Network in", color: "var(--color-series-1)" },
  { name: "network_out", label: "Network out", color: "var(--color-series-2)" },
];

const IN_WORDS: Record<NetdataRange, string> = {
  "5m": "the last 5 minutes",
  "1h": "the last hour",
  "24h": "the last 24 hours",
};

const HEIGHT = 56;

interface NetdataProps {
  range: NetdataRange;
  onRange: (range: NetdataRange) => void;
}

/** The server's own machine, by the Netdata beside it; nothing where there never was one. */
export function Netdata({ range, onRange }: NetdataProps) {
  const state = useQuery(netdataStateQuery);
  if (!state.data?.expected) return null;
  return (
    <section aria-labelledby="netdata" className="panel p-4">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-2">
        <h2 id="netdata" className="font-semibold">
          This server (Netdata)
        </h2>
        {!state.data.problem && <Ranges range={range} onRange={onRange} />}
      </div>
      {state.data.problem ? <Problem reason={state.data.problem} /> : <Metrics range={range} />}
    </section>
  );
}

function Problem({ reason }: { reason: string }) {
  return <p className="text-muted">{reason}</p>;
}

function Ranges({ range, onRange }: NetdataProps) {
  return (
    <fieldset className="flex rounded-lg border border-line p-0.5">
      <legend className="sr-only">Time on show for Netdata</legend>
      {NETDATA_RANGES.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={range === one}
          className={`min-h-7 rounded-md px-2.5 text-xs font-medium ${range === one ? "bg-accent text-on-accent" : "text-muted hover:bg-raised hover:text-ink"}`}
          onClick={() => onRange(one)}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}

function Metrics({ range }: { range: NetdataRange }) {
  const answer = useQuery(netdataMetricsQuery(range));
  if (answer.error) return <Problem reason={answer.error.message} />;
  if (!answer.data) return <Skeleton height={HEIGHT + 48} />;
  const metrics = answer.data;
  return (
    <div className="grid grid-cols-1 gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-5">
      {METRICS.map(({ name, label, color }) => (
        <Metric key={name} label={label} color={color} range={range} metric={metrics[name]} />
      ))}
    </div>
  );
}

interface MetricProps {
  label: string;
  color: string;
  range: NetdataRange;
  /** null: this Netdata does not collect it. */
  metric: NetdataMetric | null;
}

function Metric({ label, color, range, metric }: MetricProps) {
  if (metric === null) {
    return (
      <div className="min-w-0">
        <h3 className="text-xs font-medium text-muted">{label}</h3>
        <p className="mt-1 text-muted">not collected</p>
      </div>
    );
  }
  const values = metric.points.map((point) => point.value);
  const spread = spreadOf(metric);
  return (
    <div className="min-w-0">
      <h3 className="text-xs font-medium text-muted">{label}</h3>
      <p className="mb-1 text-xl font-semibold">{formatIn(metric.unit, metric.current)}</p>
      <Sparkline
        values={values}
        label={`${label} over ${IN_WORDS[range]}: ${spread}`}
        maximum={metric.unit === "%" ? 100 : undefined}
        height={HEIGHT}
        width={240}
        color={color}
      />
      <p aria-hidden="true" className="mt-0.5 text-xs text-muted">
        {spread}
      </p>
    </div>
  );
}

/** Between what a metric moved; a Netdata that has just started has no full bucket yet. */
function spreadOf({ points, unit }: NetdataMetric): string {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return "no data yet";
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return `${formatIn(unit, least)} to ${formatIn(unit, most)}`;
}
