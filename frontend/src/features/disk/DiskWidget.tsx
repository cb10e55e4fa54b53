import type { Disk } from "@/api/servers";
import { Rows, Summary } from "@/features/widgets/Rows";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes } from "@/lib/format";

/** Every disk of the host, then what is made of them; opened, transfer, time and load. */
export function DiskWidget({ server }: WidgetProps) {
  return (
    <Rows
      rows={inOrder(server.disks ?? [])}
      empty="No disk"
      nameOf={(disk) => disk.name}
      opens="Transfer"
      summary={(disk) => (
        <Summary
          name={disk.name}
          figure={disk.size_bytes ? formatBytes(disk.size_bytes) : null}
          detail={[
            isWhole(disk) ? disk.model : KIND[disk.kind ?? ""],
            `${formatBytes(disk.read_bytes)} read, ${formatBytes(disk.written_bytes)} written since boot`,
          ]
            .filter(Boolean)
            .join(", ")}
        />
      )}
    >
      {(disk) => <Work serverId={server.id} name={disk.name} />}
    </Rows>
  );
}

const KIND: Record<string, string> = {
  md: "software RAID",
  lvm: "logical volume",
  crypt: "encrypted",
  multipath: "multipath",
  dm: "device-mapper",
  bcache: "cached",
};

function Work({ serverId, name }: { serverId: string; name: string }) {
  const request = { server: serverId, family: "disk", key: name } as const;
  return (
    <>
      <SeriesChart
        name={`Transfer of ${name}`}
        request={{ ...request, fields: ["read_bytes", "written_bytes"] }}
        lines={[
          { field: "read_bytes", label: "Read", color: "var(--color-series-1)", filled: true },
          {
            field: "written_bytes",
            label: "Written",
            color: "var(--color-series-2)",
            filled: true,
          },
        ]}
        unit="bytes_per_second"
        height={140}
      />
      <SeriesChart
        name={`Time of an operation of ${name}`}
        request={{ ...request, fields: ["await_seconds"] }}
        lines={[
          {
            field: "await_seconds",
            label: "An operation took",
            color: "var(--color-series-4)",
            filled: true,
          },
        ]}
        unit="seconds"
        height={110}
      />
      <SeriesChart
        name={`Load of ${name}`}
        request={{ ...request, fields: ["busy_seconds"] }}
        lines={[
          { field: "busy_seconds", label: "Busy", color: "var(--color-series-5)", filled: true },
        ]}
        unit="seconds_per_second"
        height={110}
      />
    </>
  );
}

/** Whether it is a disk itself, and not made of disks that stand here themselves. */
const isWhole = ({ kind }: Disk) => !kind || kind === "disk";

const through = (disk: Disk) => disk.read_bytes + disk.written_bytes;

function inOrder(disks: readonly Disk[]): Disk[] {
  return [...disks].sort(
    (one, other) => Number(isWhole(other)) - Number(isWhole(one)) || through(other) - through(one),
  );
}
