import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { filesystemsQuery } from "@/api/past";
import type { ServerSummary } from "@/api/servers";
import { Icon, type IconName } from "@/components/Icon";
import { Meter, toneOfShare } from "@/components/Meter";
import { Status } from "@/components/Status";
import { daysUntil, fullIn } from "@/features/filesystem/trend";
import { formatBytes, formatPercent, formatRate, middleEllipsis, NONE, plural } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { conditionOf, tally } from "./condition";
import { nameOf } from "./listing";

/** The house at a glance: how the hosts are, the worst filesystem, the transfer of all. */
export function Summary({ servers }: { servers: readonly ServerSummary[] }) {
  return (
    <section aria-label="Summary" className="grid grid-cols-1 gap-3 sm:grid-cols-2 lg:grid-cols-3">
      <Tile icon="system" name="Hosts">
        <HostCounts servers={servers} />
      </Tile>
      <Tile icon="disk" name="Worst filesystem">
        <WorstFilesystem servers={servers} />
      </Tile>
      <Tile icon="network" name="Network">
        <TotalRate servers={servers} />
      </Tile>
    </section>
  );
}

function Tile({ icon, name, children }: { icon: IconName; name: string; children: ReactNode }) {
  return (
    <div className="panel min-w-0 px-4 py-3 sm:last:odd:col-span-2 lg:last:odd:col-span-1">
      <h2 className="mb-1.5 flex items-center gap-1.5 text-xs font-medium text-muted">
        <Icon name={icon} size={14} /> {name}
      </h2>
      {children}
    </div>
  );
}

function HostCounts({ servers }: { servers: readonly ServerSummary[] }) {
  const { down, warning, up, idle } = tally(servers);
  return (
    <p className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
      <span className="text-xl font-semibold">{servers.length}</span>
      {up > 0 && <Status tone="ok">{up} up</Status>}
      {warning > 0 && <Status tone="warning">{plural(warning, "warning")}</Status>}
      {down > 0 && <Status tone="critical">{down} down</Status>}
      {idle > 0 && <Status tone="idle">{idle} paused or waiting</Status>}
    </p>
  );
}

/** The filesystem that will be full first; where none is filling, the fullest. */
function WorstFilesystem({ servers }: { servers: readonly ServerSummary[] }) {
  const { data } = useQuery(filesystemsQuery(1));
  const worst = data?.filesystems[0];
  if (!worst?.current) return <p className="text-xl text-muted">{NONE}</p>;
  const { server_id, mount_point, percent } = worst;
  const server = servers.find(({ id }) => id === server_id);
  const days = daysUntil(worst.forecast?.full_at ?? null, new Date());
  const place = `${server ? nameOf(server) : server_id}:${mount_point}`;
  const ahead = days === null ? `${formatBytes(worst.available_bytes)} free` : fullIn(days);
  return (
    <Link to="/hosts/$serverId" params={{ serverId: server_id }} className="block hover:underline">
      <span className="flex items-baseline gap-x-3">
        <span className="text-xl font-semibold whitespace-nowrap">{formatPercent(percent)}</span>
        <span className="text-muted">{ahead}</span>
      </span>
      <span className="mb-1 block truncate" title={place}>
        {middleEllipsis(place, 44)}
      </span>
      <Meter
        percent={percent}
        tone={toneOfShare(percent)}
        label="Worst filesystem"
        text={`${formatPercent(percent)}, ${ahead}`}
      />
    </Link>
  );
}

function TotalRate({ servers }: { servers: readonly ServerSummary[] }) {
  const { rateUnit } = usePreferences();
  const current = servers.filter((server) => conditionOf(server).current);
  const total = (rate: (server: ServerSummary) => number | null) =>
    current.reduce((sum, server) => sum + (rate(server) ?? 0), 0);
  return (
    <p className="flex flex-wrap items-baseline gap-x-6">
      {(["in", "out"] as const).map((direction) => (
        <span key={direction}>
          <span className="text-xl font-semibold">
            {formatRate(
              total((server) => (direction === "in" ? server.rx_rate : server.tx_rate)),
              rateUnit,
            )}
          </span>{" "}
          <span className="text-muted">{direction}</span>
        </span>
      ))}
    </p>
  );
}
