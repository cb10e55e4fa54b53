import { useQuery } from "@tanstack/react-query";
import { seriesQuery } from "@/api/series";
import { useHourly } from "@/lib/clock";
import { formatBytes, NONE } from "@/lib/format";

const DAY_SECONDS = 86_400;
const SPANS = [
  ["Last 24 hours", DAY_SECONDS],
  ["Last 30 days", 30 * DAY_SECONDS],
] as const;
/** What is summed comes in so many steps. */
const STEPS = 24;

/** What went through an interface in a day and in a month; resets of its counters are no loss. */
export function Totals({ serverId, name }: { serverId: string; name: string }) {
  return (
    <dl className="mt-1 flex flex-wrap gap-x-8 gap-y-1 text-xs">
      {SPANS.map(([label, seconds]) => (
        <div key={label} className="flex gap-2">
          <dt className="text-muted">{label}</dt>
          <dd>
            <Total serverId={serverId} name={name} seconds={seconds} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Total({ serverId, name, seconds }: { serverId: string; name: string; seconds: number }) {
  const to = useHourly();
  const { data } = useQuery(
    seriesQuery({
      server: serverId,
      family: "network_interface",
      key: name,
      fields: ["rx_bytes", "tx_bytes"],
      agg: "increase",
      from: to - seconds,
      to,
      points: STEPS,
    }),
  );
  const columns = data?.get(name)?.columns;
  return (
    <>
      {sumOf(columns?.rx_bytes)} in, {sumOf(columns?.tx_bytes)} out
    </>
  );
}

function sumOf(values: readonly (number | null)[] | undefined): string {
  return values ? formatBytes(values.reduce<number>((sum, one) => sum + (one ?? 0), 0)) : NONE;
}
