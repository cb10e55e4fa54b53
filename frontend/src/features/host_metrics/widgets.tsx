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
        fields: ["memory_used_bytes", "memory_cached_bytes", "memory_arc_bytes", "swap_used_bytes"],
      }}
      lines={[
        { field: "memory_used_bytes", label: "Used", color: "var(--color-series-4)", filled: true },
        { field: "memory_cached_bytes", label: "Cached", color: "var(--color-series-7)" },
        { field: "memory_arc_bytes", label: "ZFS cache", color: "var(--color-series-6)" },
        { field: "swap_used_bytes", label: "Swap", color: "var(--color-series-5)" },
      ]}
      unit="bytes"
      maximum={server.latest_metrics?.memory_total_bytes ?? undefined}
    />
  );
}

/** The share of the time in which work waited for what was short: what makes a host feel slow. */
function PressureWidget({ server }: WidgetProps) {
  return (
    <SeriesChart
      name="Pressure"
      request={{
        server: server.id,
        family: "host",
        fields: [
          "pressure_cpu_some_percent",
          "pressure_memory_some_percent",
          "pressure_io_some_percent",
        ],
      }}
      lines={[
        { field: "pressure_cpu_some_percent", label: "CPU", color: "var(--color-series-1)" },
        { field: "pressure_memory_some_percent", label: "Memory", color: "var(--color-series-4)" },
        { field: "pressure_io_some_percent", label: "Disks", color: "var(--color-series-5)" },
      ]}
      unit="percent"
    />
  );
}

const reports: Widget["isThere"] = (server) => server.latest_metrics !== null;

export const hostMetricsWidgets: readonly Widget[] = [
  { id: "cpu", title: "CPU", isThere: reports, Component: CpuWidget },
  { id: "load", title: "Load", isThere: reports, Component: LoadWidget },
  { id: "memory", title: "Memory", isThere: reports, Component: MemoryWidget },
  {
    id: "pressure",
    title: "Time lost waiting",
    isThere: (server) => typeof server.latest_metrics?.pressure_cpu_some_percent === "number",
    Component: PressureWidget,
  },
];
