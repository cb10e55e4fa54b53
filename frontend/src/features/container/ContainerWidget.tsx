import type { Container } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes, formatPercent } from "@/lib/format";

/** Every container, those in trouble and the busiest first; opened, what it used. */
export function ContainerWidget({ server }: WidgetProps) {
  const toneOf = (container: Container) => toneOfRow(server, "container", container.name);
  const rank = (container: Container) => {
    if (toneOf(container) !== "ok") return 0;
    return container.state === "running" ? 1 : 2;
  };
  const containers = [...(server.containers ?? [])].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      (other.cpu_percent ?? 0) - (one.cpu_percent ?? 0) ||
      one.name.localeCompare(other.name),
  );
  return (
    <Rows
      rows={containers}
      empty="No container"
      nameOf={(container) => container.name}
      opens="Use"
      summary={(container) => {
        const word = wordOf(container);
        const tone = toneOf(container);
        return (
          <Summary
            name={container.name}
            badge={word === null ? null : { tone: tone === "ok" ? "idle" : tone, word }}
            figure={
              container.state === "running" ? formatPercent(container.cpu_percent) : undefined
            }
            detail={detailOf(container)}
          />
        );
      }}
    >
      {(container) => <Use serverId={server.id} container={container} />}
    </Rows>
  );
}

function Use({ serverId, container }: { serverId: string; container: Container }) {
  const { name, memory_limit_bytes } = container;
  const request = { server: serverId, family: "container", key: name } as const;
  return (
    <>
      <SeriesChart
        name={`CPU of ${name}`}
        request={{ ...request, fields: ["cpu_percent"] }}
        lines={[
          { field: "cpu_percent", label: "CPU", color: "var(--color-series-1)", filled: true },
        ]}
        unit="percent"
        height={120}
      />
      <SeriesChart
        name={`Memory of ${name}`}
        request={{ ...request, fields: ["memory_bytes"] }}
        lines={[
          { field: "memory_bytes", label: "Memory", color: "var(--color-series-4)", filled: true },
          ...(memory_limit_bytes
            ? [{ value: memory_limit_bytes, label: "Limit", color: "var(--color-series-8)" }]
            : []),
        ]}
        unit="bytes"
        height={120}
      />
      <SeriesChart
        name={`Transfer of ${name}`}
        request={{ ...request, fields: ["rx_bytes", "tx_bytes", "read_bytes", "written_bytes"] }}
        lines={[
          { field: "rx_bytes", label: "Received", color: "var(--color-series-1)" },
          { field: "tx_bytes", label: "Sent", color: "var(--color-series-2)" },
          { field: "read_bytes", label: "Read", color: "var(--color-series-4)" },
          { field: "written_bytes", label: "Written", color: "var(--color-series-5)" },
        ]}
        unit="bytes_per_second"
        height={120}
      />
    </>
  );
}

function detailOf({ image, project, memory_bytes, memory_limit_bytes }: Container): string {
  const limit = memory_limit_bytes ? ` of ${formatBytes(memory_limit_bytes)}` : "";
  const memory = memory_bytes === null || memory_bytes === undefined;
  return [memory ? null : `${formatBytes(memory_bytes)}${limit}`, project, image]
    .filter(Boolean)
    .join(", ");
}

/** What is out of the ordinary about it: that it runs and is well needs no word. */
function wordOf({ state, health }: Container): string | null {
  if (state !== "running") return state === "other" ? "not running" : state;
  return health === "unhealthy" || health === "starting" ? health : null;
}
