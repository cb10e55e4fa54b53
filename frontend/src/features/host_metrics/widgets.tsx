import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { Widget, WidgetProps } from "@/features/widgets/types";

function CpuWidget({ server }: WidgetProps) {
  return (
    <SeriesChart
      name="CPU"
      request={{
        server: server.id,
        family: "host",
        fields: ["cpu_percent", "cpu_user_percent", "cpu_system_percent", "cpu_iowait_percent"],
      }}
      lines={[
        { field: "cpu_percent", label: "All", color: "var(--color-series-1)", filled: true },
        { field: "cpu_user_percent", label: "User", color: "var(--color-series-2)" },
        { field: "cpu_system_percent", label: "System", color: "var(--color-series-3)" },
        { field: "cpu_iowait_percent", label: "Waiting for disks", color: "var(--color-series-5)" },
      ]}
      unit="percent"
      maximum={100}
    />
  );
}

function LoadWidget({ server }: WidgetProps) {
  return (
    <SeriesChart
      name="Load"
      request={{ server: server.id, family: "host", fields: ["load_1m", "load_5m", "load_15m"] }}
      lines={[
        { field: "load_1m", label: "1 min", color: "var(--color-series-1)", filled: true },
        { field: "load_5m", label: "5 min", color: "var(--color-series-4)" },
        { field: "load_15m", label: "15 min", color: "var(--color-series-7)" },
        ...(server.cpu_cores
          ? [{ value: server.cpu_cores, label: "Cores", color: "var(--color-series-8)" }]
          : []),
      ]}
      unit="processes"
    />
  );
}

function MemoryWidget({ server }: WidgetProps) {
  return (
    <SeriesChart
      name="Memory"
      request={{
        server: server.id,
        family: "host",
        fields: ["memory_used_bytes", "memory_cached_bytes", "swap_used_bytes"],
      }}
      lines={[
        { field: "memory_used_bytes", label: "Used", color: "var(--color-series-4)", filled: true },
        { field: "memory_cached_bytes", label: "Cached", color: "var(--color-series-7)" },
        { field: "swap_used_bytes", label: "Swap", color: "var(--color-series-5)" },
      ]}
      unit="bytes"
      maximum={server.latest_metrics?.memory_total_bytes ?? undefined}
    />
  );
}

const reports: Widget["isThere"] = (server) => server.latest_metrics !== null;

export const hostMetricsWidgets: readonly Widget[] = [
  { id: "cpu", title: "CPU", isThere: reports, Component: CpuWidget },
  { id: "load", title: "Load", isThere: reports, Component: LoadWidget },
  { id: "memory", title: "Memory", isThere: reports, Component: MemoryWidget },
];
