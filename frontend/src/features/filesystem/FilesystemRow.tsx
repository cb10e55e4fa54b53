import type { Forecast } from "@/api/past";
import { type Filesystem, useServerActions } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { Meter } from "@/components/Meter";
import { Sparkline, type SparkValues } from "@/components/Sparkline";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import { formatBytes, formatPercent, middleEllipsis } from "@/lib/format";
import { Badges } from "./Badges";
import { isAnswering, toneOf } from "./order";
import { trendOf } from "./trend";

interface FilesystemRowProps {
  serverId: string;
  filesystem: Filesystem;
  /** Its share over the last month. */
  spark: SparkValues;
  /** Where it is heading; undefined until that is known. */
  forecast: Forecast | undefined;
}

/** A filesystem: what it is, how full it is, its last month; opened, its chart. */
export function FilesystemRow({ serverId, filesystem, spark, forecast }: FilesystemRowProps) {
  const { mount_point, total_bytes } = filesystem;
  return (
    <Disclosure
      label={`History of ${mount_point}`}
      summary={<FilesystemSummary filesystem={filesystem} spark={spark} forecast={forecast} />}
    >
      {() => (
        <>
          {filesystem.state === "missing" && (
            <Forget serverId={serverId} mountPoint={mount_point} />
          )}
          <SeriesChart
            name={`Space of ${mount_point}`}
            request={{
              server: serverId,
              family: "filesystem",
              key: mount_point,
              fields: ["used_bytes"],
            }}
            lines={[
              { field: "used_bytes", label: "Used", color: "var(--color-series-1)", filled: true },
              { value: total_bytes, label: "Size", color: "var(--color-series-7)" },
            ]}
            unit="bytes"
            maximum={total_bytes * 1.05}
            height={160}
          />
        </>
      )}
    </Disclosure>
  );
}

/** A mount that will not come back can be dropped from the list; its history stays. */
function Forget({ serverId, mountPoint }: { serverId: string; mountPoint: string }) {
  const { forgetFilesystem } = useServerActions(serverId);
  return (
    <p className="mb-2 flex flex-wrap items-center gap-x-3">
      It was mounted and is gone.
      <button
        type="button"
        className="underline"
        disabled={forgetFilesystem.isPending}
        onClick={() => forgetFilesystem.mutate(mountPoint)}
      >
        Forget it
      </button>
      {forgetFilesystem.error && (
        <span className="text-critical">{forgetFilesystem.error.message}</span>
      )}
    </p>
  );
}

function FilesystemSummary({ filesystem, spark, forecast }: Omit<FilesystemRowProps, "serverId">) {
  const { mount_point, device, fs_type, used_bytes, total_bytes, available_bytes, percent } =
    filesystem;
  const amounts = `${formatBytes(used_bytes)} of ${formatBytes(total_bytes)} used, ${formatBytes(available_bytes)} free`;
  return (
    <div
      className={`grid items-center gap-x-4 py-2 pr-7 pl-2 sm:grid-cols-[1fr_7rem] ${isAnswering(filesystem) ? "" : "outdated"}`}
    >
      <div className="min-w-0">
        <div className="flex items-baseline gap-x-2">
          <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
            <span className="font-semibold break-all" title={mount_point}>
              {middleEllipsis(mount_point, 48)}
            </span>
            <span className="truncate text-xs text-muted" title={device}>
              {middleEllipsis(device, 36)} · {fs_type}
            </span>
            <Badges filesystem={filesystem} />
          </div>
          <span className="font-semibold whitespace-nowrap">{formatPercent(percent)}</span>
        </div>
        <div className="my-1">
          <Meter
            thick
            percent={percent}
            tone={toneOf(filesystem)}
            label={`Filesystem ${mount_point}`}
            text={amounts}
          />
        </div>
        <p className="flex flex-wrap justify-between gap-x-4 text-xs text-muted">
          <span>{amounts}</span>
          {forecast && isAnswering(filesystem) && <span>{trendOf(forecast, new Date())}</span>}
        </p>
      </div>
      <div className="hidden sm:block">
        <Sparkline
          values={spark}
          maximum={100}
          height={32}
          label={`${mount_point} over the last 30 days, now ${formatPercent(percent)}`}
        />
      </div>
    </div>
  );
}
