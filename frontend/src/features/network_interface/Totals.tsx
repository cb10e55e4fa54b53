import { useQuery } from "@tanstack/react-query";
import { seriesQuery } from "@/api/series";
import { Table } from "@/components/Table";
import { useHourly } from "@/lib/clock";
import { formatBytes } from "@/lib/format";
import { daysOf, monthsOf, type Transfer } from "./transfer";

const DAY_SECONDS = 86_400;
const DAYS = 365;
/** So many days are listed; older ones are told of by their months. */
const MOST_DAYS = 31;

/** What went through an interface by day and by month; resets of its counters are no loss. */
export function Totals({ serverId, name }: { serverId: string; name: string }) {
  const to = Math.ceil(useHourly() / DAY_SECONDS) * DAY_SECONDS;
  const { data } = useQuery(
    seriesQuery({
      server: serverId,
      family: "network_interface",
      key: name,
      fields: ["rx_bytes", "tx_bytes"],
      agg: "increase",
      from: to - DAYS * DAY_SECONDS,
      to,
      points: DAYS,
    }),
  );
  const days = daysOf(data?.get(name));
  const months = monthsOf(data?.get(name));
  if (days.length === 0) return null;
  return (
    <details className="mt-1 text-xs">
      <summary className="cursor-pointer rounded py-0.5 text-muted hover:text-ink">
        <span className="inline-flex flex-wrap gap-x-6">
          <Amount title="Today" transfer={days[0]} />
          <Amount title="This month" transfer={months[0]} />
        </span>
      </summary>
      <div className="mt-2 grid items-start gap-4 sm:grid-cols-2">
        <Amounts caption={`${name} by day`} column="Day, UTC" rows={days.slice(0, MOST_DAYS)} />
        <Amounts caption={`${name} by month`} column="Month, UTC" rows={months} />
      </div>
    </details>
  );
}

function Amount({ title, transfer }: { title: string; transfer: Transfer | undefined }) {
  return (
    <span>
      {title}{" "}
      <span className="text-ink">
        {formatBytes(transfer?.received)} in, {formatBytes(transfer?.sent)} out
      </span>
    </span>
  );
}

interface AmountsProps {
  caption: string;
  column: string;
  rows: readonly Transfer[];
}

function Amounts({ caption, column, rows }: AmountsProps) {
  return (
    <div className="max-h-72 overflow-y-auto">
      <Table caption={caption} columns={[column, "Received", "Sent"]}>
        {rows.map(({ name, received, sent }) => (
          <tr key={name}>
            <td className="whitespace-nowrap">{name}</td>
            <td>{formatBytes(received)}</td>
            <td>{formatBytes(sent)}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}
