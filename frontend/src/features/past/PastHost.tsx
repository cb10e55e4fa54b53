import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { catalogueQuery } from "@/api/catalogue";
import type { Past } from "@/api/past";
import { Empty } from "@/components/States";
import { Badge, Status } from "@/components/Status";
import { Table } from "@/components/Table";
import { linkOf } from "@/features/network_interface/grouping";
import { formatBytes, formatPercent, formatQuantity, formatRate, NONE } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { otherFamilies, type Sheet } from "./sheets";

/** Everything that a host had last reported at a moment. */
export function PastHost({ past }: { past: Past }) {
  const { data: catalogue } = useQuery(catalogueQuery);
  const { metrics, filesystems, network_interfaces, online } = past;
  if (!metrics && !filesystems && !network_interfaces) {
    return <Empty title="Nothing is known of this moment" />;
  }
  const sheets = catalogue ? otherFamilies(catalogue, past) : [];
  return (
    <div className="grid gap-x-8 gap-y-4 xl:grid-cols-2">
      {!online && (
        <p className="xl:col-span-2">
          <Badge tone="warning">it was not reporting; these are its last values</Badge>
        </p>
      )}
      <dl className="flex flex-wrap gap-x-8 gap-y-1 xl:col-span-2">
        <Fact name="CPU">{formatPercent(metrics?.cpu_percent)}</Fact>
        <Fact name="Memory">
          {formatPercent(metrics?.memory_percent)} ({formatBytes(metrics?.memory_used_bytes)})
        </Fact>
        <Fact name="Load">{metrics?.load_1m?.toFixed(2) ?? NONE}</Fact>
      </dl>
      <Filesystems past={past} />
      <Interfaces past={past} />
      {sheets.map((sheet) => (
        <SheetTable key={sheet.family} sheet={sheet} />
      ))}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-2">
      <dt className="text-muted">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

function Filesystems({ past: { filesystems } }: { past: Past }) {
  return (
    <Table caption="Filesystems then" columns={["Filesystem", "Used", "Free", "Full"]}>
      {filesystems?.map((one) => (
        <tr key={one.mount_point}>
          <td className="break-all">{one.mount_point}</td>
          <td>{formatBytes(one.used_bytes)}</td>
          <td>{formatBytes(one.available_bytes)}</td>
          <td>{formatPercent(one.percent)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Interfaces({ past: { network_interfaces } }: { past: Past }) {
  const { rateUnit } = usePreferences();
  return (
    <Table caption="Interfaces then" columns={["Interface", "Link", "Received", "Sent"]}>
      {network_interfaces?.map((one) => (
        <tr key={one.name}>
          <td>{one.name}</td>
          <td>
            <Status tone={linkOf(one).tone}>{linkOf(one).word}</Status>
          </td>
          <td>{formatRate(one.rx_rate, rateUnit)}</td>
          <td>{formatRate(one.tx_rate, rateUnit)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** Any other family, from what the server declares of it. */
function SheetTable({ sheet: { title, columns, rows } }: { sheet: Sheet }) {
  const { rateUnit } = usePreferences();
  const write = (value: unknown, unit: string) =>
    typeof value === "number" ? formatQuantity(value, unit, rateUnit) : String(value ?? NONE);
  return (
    <details className="min-w-0">
      <summary className="cursor-pointer text-muted hover:text-ink">
        {title} ({rows.length})
      </summary>
      <Table caption={`${title} then`} columns={["Name", ...columns.map((one) => one.title)]}>
        {rows.map(({ key, values }) => (
          <tr key={key}>
            <td className="break-all">{key}</td>
            {columns.map((column, index) => (
              <td key={column.field}>{write(values[index], column.unit)}</td>
            ))}
          </tr>
        ))}
      </Table>
    </details>
  );
}
