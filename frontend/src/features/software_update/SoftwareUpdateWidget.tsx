import type { SoftwareUpdate } from "@/api/servers";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { plural } from "@/lib/format";

/** What waits to be installed; opened, how long it has. */
export function SoftwareUpdateWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={server.software_updates ?? []}
      empty="No package manager"
      nameOf={(update) => update.manager}
      opens="History"
      summary={(update) => (
        <Summary
          name={wordsFor(update)}
          badge={update.reboot_due ? { tone: "idle", word: "reboot due" } : null}
          detail={update.manager}
        />
      )}
    >
      {({ manager }) => (
        <SeriesChart
          name={`Updates of ${manager}`}
          request={{
            server: server.id,
            family: "software_update",
            key: manager,
            fields: ["waiting", "security"],
          }}
          lines={[
            { field: "waiting", label: "All", color: "var(--color-series-1)", filled: true },
            { field: "security", label: "For security", color: "var(--color-series-5)" },
          ]}
          unit="packages"
          height={120}
        />
      )}
    </Rows>
  );
}

function wordsFor({ waiting, security }: SoftwareUpdate): string {
  if (waiting === 0) return "Up to date";
  const count = plural(waiting, "update");
  return security ? `${count}, ${security} for security` : count;
}
