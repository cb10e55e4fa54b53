import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatQuantity } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";

/** Every fan of the host with its speed; opened, its history. */
export function FanWidget({ server }: WidgetProps) {
  const { rateUnit } = usePreferences();
  return (
    <Rows
      rows={server.fans ?? []}
      empty="No fan"
      nameOf={(fan) => fan.sensor}
      opens="Speed"
      summary={({ sensor, rpm }) => (
        <Summary
          name={sensor}
          figure={rpm === 0 ? "stands" : formatQuantity(rpm, "rpm", rateUnit)}
        />
      )}
    >
      {({ sensor }) => (
        <SeriesChart
          name={`Speed of ${sensor}`}
          request={{ server: server.id, family: "fan", key: sensor, fields: ["rpm"] }}
          lines={[{ field: "rpm", label: "Speed", color: "var(--color-series-1)", filled: true }]}
          unit="rpm"
          height={140}
        />
      )}
    </Rows>
  );
}
