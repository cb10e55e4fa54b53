import type { Process } from "@/api/servers";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes, formatPercent, plural } from "@/lib/format";

/** The largest programs, the busiest first; opened, what one took. */
export function ProcessWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.top_processes ?? []}
      empty="No program"
      nameOf={(program) => program.name}
      opens="Use"
      summary={(program) => (
        <Summary
          name={program.name}
          figure={formatPercent(program.cpu_percent)}
          detail={detailOf(program)}
        />
      )}
    >
      {({ name }) => <Use serverId={server.id} name={name} />}
    </Rows>
  );
}

function Use({ serverId, name }: { serverId: string; name: string }) {
  const request = { server: serverId, family: "process", key: name } as const;
  return (
    <>
      <SeriesChart
        name={`CPU of ${name}`}
        request={{ ...request, fields: ["cpu_percent"] }}
        lines={[
          { field: "cpu_percent", label: "CPU", color: "var(--color-series-1)", filled: true },
        ]}
        unit="percent"
        height={110}
      />
      <SeriesChart
        name={`Memory of ${name}`}
        request={{ ...request, fields: ["memory_bytes"] }}
        lines={[
          { field: "memory_bytes", label: "Memory", color: "var(--color-series-4)", filled: true },
        ]}
        unit="bytes"
        height={110}
      />
    </>
  );
}

const detailOf = ({ memory_bytes, processes }: Process): string =>
  [formatBytes(memory_bytes), processes > 1 && plural(processes, "process", "processes")]
    .filter(Boolean)
    .join(", ");
