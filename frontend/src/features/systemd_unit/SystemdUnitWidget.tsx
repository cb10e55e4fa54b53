import type { SystemdUnit } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes, formatPercent, plural } from "@/lib/format";

/** The units that failed, then those that are watched; opened, what one used. */
export function SystemdUnitWidget({ server }: WidgetProps) {
  const toneOf = (unit: SystemdUnit) => toneOfRow(server, "systemd_unit", unit.name);
  const units = [...(server.systemd_units ?? [])].sort(
    (one, other) => Number(toneOf(one) === "ok") - Number(toneOf(other) === "ok"),
  );
  return (
    <Rows
      rows={units}
      empty="No failed or watched unit"
      nameOf={(unit) => unit.name}
      opens="Use"
      summary={(unit) => {
        const tone = toneOf(unit);
        return (
          <Summary
            name={unit.name}
            badge={
              unit.state === "active"
                ? null
                : { tone: tone === "ok" ? "idle" : tone, word: wordOf(unit) }
            }
            figure={typeof unit.cpu_percent === "number" ? formatPercent(unit.cpu_percent) : null}
            detail={detailOf(unit)}
          />
        );
      }}
    >
      {({ name }) => (
        <>
          <SeriesChart
            name={`CPU of ${name}`}
            request={{
              server: server.id,
              family: "systemd_unit",
              key: name,
              fields: ["cpu_percent"],
            }}
            lines={[
              { field: "cpu_percent", label: "CPU", color: "var(--color-series-1)", filled: true },
            ]}
            unit="percent"
            height={120}
          />
          <SeriesChart
            name={`Memory of ${name}`}
            request={{
              server: server.id,
              family: "systemd_unit",
              key: name,
              fields: ["memory_bytes"],
            }}
            lines={[
              {
                field: "memory_bytes",
                label: "Memory",
                color: "var(--color-series-4)",
                filled: true,
              },
            ]}
            unit="bytes"
            height={120}
          />
        </>
      )}
    </Rows>
  );
}

const wordOf = ({ state, substate }: SystemdUnit) =>
  substate === "auto-restart" ? "restarting" : state;

function detailOf({ description, memory_bytes, restarts }: SystemdUnit): string {
  return [
    description,
    typeof memory_bytes === "number" && formatBytes(memory_bytes),
    restarts && plural(restarts, "restart"),
  ]
    .filter(Boolean)
    .join(", ");
}
