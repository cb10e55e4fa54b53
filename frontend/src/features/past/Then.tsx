import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { atQuery, type Past } from "@/api/past";
import type { Server } from "@/api/servers";
import { Icon } from "@/components/Icon";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Badge, Status } from "@/components/Status";
import { Table } from "@/components/Table";
import { linkOf } from "@/features/network_interface/grouping";
import { formatBytes, formatMoment, formatPercent, NONE } from "@/lib/format";
import { Differences } from "./Differences";

interface ThenProps {
  server: Server;
  /** The moment in Unix seconds. */
  time: number;
  onClose: () => void;
}

/** The whole host as it was at a moment, and what has changed since. */
export function Then({ server, time, onClose }: ThenProps) {
  const answer = useQuery(atQuery(server.id, time));
  const [compared, setCompared] = useState(false);
  const moment = formatMoment(new Date(time * 1000), new Date());
  return (
    <section aria-labelledby="then" className="panel border-accent/50 p-4">
      <header className="mb-3 flex flex-wrap items-center gap-2">
        <h2 id="then" className="flex items-center gap-2 font-semibold">
          <Icon name="clock" /> As of {moment}
        </h2>
        <button
          type="button"
          className="button ml-auto min-h-8 text-xs"
          aria-pressed={compared}
          onClick={() => setCompared((on) => !on)}
        >
          {compared ? "Show what was" : "Compare with now"}
        </button>
        <button
          type="button"
          className="button button-quiet button-icon min-h-8"
          aria-label="Close the look back"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      {compared ? (
        <Differences serverId={server.id} time={time} />
      ) : (
        <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
          {(past) => <PastHost past={past} />}
        </Loaded>
      )}
    </section>
  );
}

function PastHost({ past }: { past: Past }) {
  const { metrics, filesystems, network_interfaces, online } = past;
  if (!metrics && !filesystems && !network_interfaces) {
    return <Empty title="Nothing is known of this moment" />;
  }
  return (
    <div className="grid gap-x-8 gap-y-4 xl:grid-cols-2">
      <dl className="flex flex-wrap gap-x-8 gap-y-1 xl:col-span-2">
        {!online && <Badge tone="warning">it was not reporting; these are its last values</Badge>}
        <Fact name="CPU">{formatPercent(metrics?.cpu_percent)}</Fact>
        <Fact name="Memory">
          {formatPercent(metrics?.memory_percent)} ({formatBytes(metrics?.memory_used_bytes)})
        </Fact>
        <Fact name="Load">{metrics?.load_1m?.toFixed(2) ?? NONE}</Fact>
      </dl>
      <Table caption="Filesystems then" columns={["Filesystem", "Used", "Free", "Full"]}>
        {filesystems?.map((one) => (
          <tr key={one.mount_point}>
            <td className="break-all">{one.mount_point}</td>
            <td>{formatBytes(one.used_bytes)}</td>
            <td>{formatBytes(one.available_bytes)}</td>
            <td>{formatPercent(one.percent)}</td>
          </tr>
        ))}
      </Table>
      <Table caption="Interfaces then" columns={["Interface", "Link", "Received", "Sent"]}>
        {network_interfaces?.map((one) => (
          <tr key={one.name}>
            <td>{one.name}</td>
            <td>
              <Status tone={linkOf(one).tone}>{linkOf(one).word}</Status>
            </td>
            <td>{formatBytes(one.rx_bytes)}</td>
            <td>{formatBytes(one.tx_bytes)}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}
