import type { Smart } from "@/api/servers";
import { toneOfRow } from "@/features/widgets/problems";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatCelsius, formatDuration, formatPercent, plural } from "@/lib/format";

/** What every drive says of itself; opened, its errors and wear over time. */
export function SmartWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.smarts ?? []}
      empty="No drive that tells"
      nameOf={(drive) => drive.drive}
      opens="Errors"
      summary={(drive) => {
        const tone = toneOfRow(server, "smart", drive.drive);
        return (
          <Summary
            name={drive.drive}
            badge={{ tone, word: drive.state }}
            detail={detailOf(drive)}
            percent={drive.wear_percent}
            tone={tone}
          />
        );
      }}
    >
      {({ drive }) => (
        <SeriesChart
          name={`Errors of ${drive}`}
          request={{
            server: server.id,
            family: "smart",
            key: drive,
            fields: ["reallocated_sectors", "pending_sectors", "uncorrectable_errors"],
          }}
          lines={[
            {
              field: "reallocated_sectors",
              label: "Reallocated",
              color: "var(--color-series-1)",
            },
            { field: "pending_sectors", label: "Pending", color: "var(--color-series-5)" },
            {
              field: "uncorrectable_errors",
              label: "Uncorrectable",
              color: "var(--color-series-4)",
            },
          ]}
          unit="sectors"
          height={120}
        />
      )}
    </Rows>
  );
}

function detailOf(drive: Smart): string {
  return [
    drive.device,
    typeof drive.celsius === "number" && formatCelsius(drive.celsius),
    drive.power_on_seconds && `on for ${formatDuration(drive.power_on_seconds)}`,
    typeof drive.wear_percent === "number" && `${formatPercent(drive.wear_percent)} used up`,
    drive.reallocated_sectors && `${plural(drive.reallocated_sectors, "sector")} reallocated`,
    drive.pending_sectors && `${plural(drive.pending_sectors, "sector")} pending`,
    drive.uncorrectable_errors && plural(drive.uncorrectable_errors, "uncorrectable error"),
    drive.interface_errors && `${plural(drive.interface_errors, "error")} of its cable`,
  ]
    .filter(Boolean)
    .join(", ");
}
