import type { Raid } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { useNow } from "@/lib/clock";
import { formatAgo, formatBytes, formatPercent, plural } from "@/lib/format";

/** Every array and pool: how it does, and how full it is; opened, its use over time. */
export function RaidWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.raids ?? []}
      empty="No array or pool"
      nameOf={(raid) => raid.name}
      opens="Use"
      summary={(raid) => {
        const tone = toneOfRow(server, "raid", raid.name);
        const percent = shareOf(raid);
        return (
          <Summary
            name={raid.name}
            badge={tone === "ok" ? null : { tone, word: wordOf(raid) }}
            figure={percent === null ? undefined : formatPercent(percent)}
            detail={<Detail raid={raid} />}
            percent={percent}
          />
        );
      }}
    >
      {(raid) => (
        <SeriesChart
          name={`Use of ${raid.name}`}
          request={{ server: server.id, family: "raid", key: raid.name, fields: ["used_bytes"] }}
          lines={[
            { field: "used_bytes", label: "Used", color: "var(--color-series-1)", filled: true },
          ]}
          unit="bytes"
          maximum={raid.total_bytes ?? undefined}
          height={140}
        />
      )}
    </Rows>
  );
}

function Detail({ raid }: { raid: Raid }) {
  const now = useNow();
  return [
    raid.kind,
    raid.devices_missing
      ? `${raid.devices_missing} of ${plural(raid.devices ?? 0, "device")} missing`
      : raid.devices && plural(raid.devices, "device"),
    raid.total_bytes && `${formatBytes(raid.used_bytes)} of ${formatBytes(raid.total_bytes)}`,
    raid.errors && plural(raid.errors, "error"),
    activityOf(raid),
    raid.scrubbed_at_seconds &&
      `scrubbed ${formatAgo(new Date(raid.scrubbed_at_seconds * 1000), now)}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function activityOf({ activity, progress_percent }: Raid): string | null {
  if (!activity || activity === "idle") return null;
  const word = activity === "other" ? "busy" : activity;
  return progress_percent ? `${word} ${formatPercent(progress_percent)}` : word;
}

const shareOf = ({ used_bytes, total_bytes }: Raid): number | null =>
  typeof used_bytes === "number" && total_bytes ? (100 * used_bytes) / total_bytes : null;

const wordOf = ({ state }: Raid): string => (state === "ok" ? "errors" : state);
