import type { Disk } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { Empty } from "@/components/States";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatBytes } from "@/lib/format";

/** Every disk of the host, the one that moved most first; opened, its transfer. */
export function DiskWidget({ server }: WidgetProps) {
  const disks = busiestFirst(server.disks ?? []);
  if (disks.length === 0) return <Empty title="No disk" />;
  return (
    <div className="-mx-2 divide-y divide-line">
      {disks.map((disk) => (
        <Disclosure
          key={disk.name}
          label={`Transfer of ${disk.name}`}
          summary={<Totals disk={disk} />}
        >
          {() => <Transfer serverId={server.id} disk={disk} />}
        </Disclosure>
      ))}
    </div>
  );
}

function Totals({ disk }: { disk: Disk }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 py-2 pr-7 pl-2">
      <span className="min-w-0 flex-1 font-semibold break-words">{disk.name}</span>
      <span className="text-xs text-muted">
        {formatBytes(disk.read_bytes)} read, {formatBytes(disk.written_bytes)} written since boot
      </span>
    </div>
  );
}

function Transfer({ serverId, disk }: { serverId: string; disk: Disk }) {
  return (
    <SeriesChart
      name={`Transfer of ${disk.name}`}
      request={{
        server: serverId,
        family: "disk",
        key: disk.name,
        fields: ["read_bytes", "written_bytes"],
      }}
      lines={[
        { field: "read_bytes", label: "Read", color: "var(--color-series-1)", filled: true },
        { field: "written_bytes", label: "Written", color: "var(--color-series-2)", filled: true },
      ]}
      unit="bytes_per_second"
      height={160}
    />
  );
}

function busiestFirst(disks: readonly Disk[]): Disk[] {
  const through = (disk: Disk) => disk.read_bytes + disk.written_bytes;
  return [...disks].sort((one, other) => through(other) - through(one));
}
