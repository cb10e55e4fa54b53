import type { NetworkInterface } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { Empty } from "@/components/States";
import type { WidgetProps } from "@/features/widgets/types";
import { grouped } from "./grouping";
import { InterfaceRow } from "./InterfaceRow";

/** Every interface of the host; those that container tools made stand in a closed group. */
export function NetworkWidget({ server }: WidgetProps) {
  const { own, virtual } = grouped(server.network_interfaces ?? []);
  const busiest = own[0]?.name;
  const row = (nic: NetworkInterface) => (
    <InterfaceRow key={nic.name} serverId={server.id} nic={nic} startsOpen={nic.name === busiest} />
  );
  if (own.length + virtual.length === 0) return <Empty title="No network interface" />;
  return (
    <div className="-mx-2 divide-y divide-line">
      {own.map(row)}
      {virtual.length > 0 && (
        <Disclosure
          label={`Virtual interfaces (${virtual.length})`}
          startsOpen={own.length === 0}
          summary={<p className="px-2 py-2.5 font-medium text-muted">virtual ({virtual.length})</p>}
        >
          {() => <div className="divide-y divide-line">{virtual.map(row)}</div>}
        </Disclosure>
      )}
    </div>
  );
}
