import type { Gpu } from "@/api/servers";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes, formatPercent } from "@/lib/format";

/** Every graphics processor with its use; opened, its course. */
export function GpuWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.gpus ?? []}
      empty="No graphics processor"
      nameOf={(gpu) => gpu.name}
      opens="Use"
      summary={(gpu) => (
        <Summary
          name={gpu.name}
          figure={formatPercent(gpu.busy_percent)}
          detail={detailOf(gpu)}
          percent={gpu.busy_percent}
        />
      )}
    >
      {({ name }) => (
        <SeriesChart
          name={`Use of ${name}`}
          request={{ server: server.id, family: "gpu", key: name, fields: ["busy_percent"] }}
          lines={[
            { field: "busy_percent", label: "Use", color: "var(--color-series-1)", filled: true },
          ]}
          unit="percent"
          maximum={100}
          height={120}
        />
      )}
    </Rows>
  );
}

function detailOf(gpu: Gpu): string {
  return [
    gpu.memory_total_bytes &&
      `${formatBytes(gpu.memory_used_bytes)} of ${formatBytes(gpu.memory_total_bytes)}`,
    typeof gpu.power_watts === "number" && `${Math.round(gpu.power_watts)} W`,
    gpu.frequency_hertz && `${Math.round(gpu.frequency_hertz / 1e6)} MHz`,
  ]
    .filter(Boolean)
    .join(", ");
}
