import type { Ups } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatDuration, formatPercent } from "@/lib/format";

/** Every power supply: where its power comes from and for how long it lasts; opened, its load. */
export function UpsWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.upses ?? []}
      empty="No power supply"
      nameOf={(ups) => ups.name}
      opens="Load"
      summary={(ups) => {
        const tone = toneOfRow(server, "ups", ups.name);
        return (
          <Summary
            name={ups.name}
            badge={{ tone: ups.state === "unknown" ? "idle" : tone, word: wordOf(ups) }}
            figure={formatPercent(ups.charge_percent)}
            detail={detailOf(ups)}
            percent={ups.charge_percent}
            tone={tone}
          />
        );
      }}
    >
      {({ name }) => (
        <SeriesChart
          name={`Load of ${name}`}
          request={{
            server: server.id,
            family: "ups",
            key: name,
            fields: ["load_percent", "charge_percent"],
          }}
          lines={[
            { field: "load_percent", label: "Load", color: "var(--color-series-1)", filled: true },
            { field: "charge_percent", label: "Charge", color: "var(--color-series-4)" },
          ]}
          unit="percent"
          height={120}
        />
      )}
    </Rows>
  );
}

const wordOf = ({ state, replace_battery }: Ups): string =>
  state === "online" && replace_battery ? "replace battery" : state.replace("_", " ");

function detailOf({ model, runtime_seconds, load_percent, power_watts }: Ups): string {
  return [
    model,
    runtime_seconds && `lasts ${formatDuration(runtime_seconds)}`,
    typeof load_percent === "number" && `load ${formatPercent(load_percent)}`,
    typeof power_watts === "number" && `${Math.round(power_watts)} W`,
  ]
    .filter(Boolean)
    .join(", ");
}
