import type { ServerSummary } from "@/api/servers";
import { Meter, toneOfShare } from "@/components/Meter";
import { Sparkline } from "@/components/Sparkline";
import { hottestOf } from "@/features/temperature/hottest";
import { useNow } from "@/lib/clock";
import {
  formatAbsolute,
  formatAgo,
  formatBytes,
  formatCelsius,
  formatDuration,
  formatPercent,
  formatRate,
  middleEllipsis,
  NONE,
} from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { conditionOf } from "./condition";

interface CellProps {
  server: ServerSummary;
}

/** System and uptime, as they stand under a host's name. */
export function systemOf(server: ServerSummary): string {
  const system = [server.os_distribution, server.os_version].filter(Boolean).join(" ");
  // A host that is not heard of may be off: its last uptime says nothing of now.
  const running = conditionOf(server).current && server.uptime_seconds !== null;
  const up = running ? `up ${formatDuration(server.uptime_seconds)}` : "";
  return [system, up].filter(Boolean).join(" · ") || (server.last_seen ? "" : "not heard of yet");
}

/** The processor's use: number, bar and the last day. */
export function CpuCell({ server }: CellProps) {
  const percent = server.latest_metrics?.cpu_percent ?? null;
  return (
    <div className="flex items-center gap-3">
      <div className="w-14 shrink-0">
        <Share label="CPU" percent={percent} />
      </div>
      <div className="min-w-0 flex-1">
        <Sparkline
          values={server.cpu_sparkline}
          maximum={100}
          label={`CPU of the last 24 hours, now ${formatPercent(percent)}`}
        />
      </div>
    </div>
  );
}

/** The memory in use. */
export function MemoryCell({ server }: CellProps) {
  const metrics = server.latest_metrics;
  const title = `${formatBytes(metrics?.memory_used_bytes)} of ${formatBytes(metrics?.memory_total_bytes)}`;
  return <Share label="Memory" percent={metrics?.memory_percent ?? null} title={title} warns />;
}

/** The fullest filesystem: where it is, and how full. */
export function DiskCell({ server }: CellProps) {
  const worst = server.worst_filesystem;
  if (!worst) return <span className="text-muted">{NONE}</span>;
  return (
    <div title={`${worst.mount_point}: ${formatBytes(worst.available_bytes)} free`}>
      <div className="flex justify-between gap-2">
        <span className="min-w-0 truncate text-muted">{middleEllipsis(worst.mount_point, 18)}</span>
        <span>{formatPercent(worst.percent)}</span>
      </div>
      <Meter
        percent={worst.percent}
        tone={toneOfShare(worst.percent)}
        label={`Filesystem ${worst.mount_point}`}
        text={`${formatPercent(worst.percent)} used, ${formatBytes(worst.available_bytes)} free`}
      />
    </div>
  );
}

/** What comes in and what goes out. */
export function NetworkCell({ server }: CellProps) {
  const { rateUnit } = usePreferences();
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-2 text-xs">
      <dt className="text-muted">in</dt>
      <dd className="text-right">{formatRate(server.rx_rate, rateUnit)}</dd>
      <dt className="text-muted">out</dt>
      <dd className="text-right">{formatRate(server.tx_rate, rateUnit)}</dd>
    </dl>
  );
}

/** When the host was last heard of. */
export function SeenCell({ server }: CellProps) {
  const now = useNow();
  if (!server.last_seen) return <span className="text-muted">never</span>;
  const seen = new Date(server.last_seen);
  return (
    <time dateTime={server.last_seen} title={formatAbsolute(seen)} className="text-muted">
      {formatAgo(seen, now)}
    </time>
  );
}

interface ShareProps {
  label: string;
  percent: number | null;
  title?: string;
  /** Whether a high share is worth a colour. */
  warns?: boolean;
}

function Share({ label, percent, title, warns = false }: ShareProps) {
  return (
    <div title={title}>
      <div>{formatPercent(percent)}</div>
      <Meter
        percent={percent}
        tone={warns ? toneOfShare(percent) : "ok"}
        label={label}
        text={title ?? formatPercent(percent)}
      />
    </div>
  );
}

/** The hottest sensor's reading, with its name in the title. */
export function TemperatureCell({ server }: CellProps) {
  const hottest = hottestOf(server);
  return <span title={hottest?.sensor}>{formatCelsius(hottest?.celsius)}</span>;
}
