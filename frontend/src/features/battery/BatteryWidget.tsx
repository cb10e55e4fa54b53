import type { Battery } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatDuration, formatPercent, plural } from "@/lib/format";

/** Every battery with its charge; opened, its course. */
export function BatteryWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.batteries ?? []}
      empty="No battery"
      nameOf={(battery) => battery.name}
      opens="Charge"
      summary={(battery) => (
        <Summary
          name={battery.name}
          figure={formatPercent(battery.percent)}
          detail={detailOf(battery)}
          percent={battery.percent}
          tone={toneOfRow(server, "battery", battery.name)}
        />
      )}
    >
      {({ name }) => (
        <SeriesChart
          name={`Charge of ${name}`}
          request={{ server: server.id, family: "battery", key: name, fields: ["percent"] }}
          lines={[
            { field: "percent", label: "Charge", color: "var(--color-series-1)", filled: true },
          ]}
          unit="percent"
          maximum={100}
          height={120}
        />
      )}
    </Rows>
  );
}

function detailOf({ state, remaining_seconds, health_percent, cycles }: Battery): string {
  return [
    state.replace("_", " "),
    remaining_seconds && `${formatDuration(remaining_seconds)} left`,
    health_percent && `holds ${formatPercent(health_percent)} of what it did when new`,
    cycles && plural(cycles, "cycle"),
  ]
    .filter(Boolean)
    .join(", ");
}
