import { useQuery } from "@tanstack/react-query";
import { seriesQuery } from "@/api/series";
import type { NetworkInterface } from "@/api/servers";
import { useChartGroup } from "@/components/chart/group";
import { Disclosure } from "@/components/Disclosure";
import { Empty } from "@/components/States";
import { sparkOf } from "@/features/widgets/lines";
import type { WidgetProps } from "@/features/widgets/types";
import { FAULT_FIELDS, faultsOf } from "./faults";
import { type Gone, useGone } from "./gone";
import { grouped, isVirtual } from "./grouping";
import { GoneRow, InterfaceRow, type Rates } from "./InterfaceRow";

/** Containers come and go by the hundred on some hosts: the latest tell enough. */
const MOST_GONE = 20;

/** Every interface of the host; those that container tools made stand in a closed group, those that
 * went within a day stay for that long. */
export function NetworkWidget({ server }: WidgetProps) {
  const present = server.network_interfaces ?? [];
  const { own, virtual } = grouped(present);
  const hidden = server.hidden.network_interface ?? [];
  const gone = useGone(server.id, present).filter(({ name }) => !hidden.includes(name));
  const ratesOf = useRates(server.id);
  const goneVirtual = gone.filter(isVirtual);
  const goneRow = (one: Gone) => <GoneRow key={one.name} serverId={server.id} gone={one} />;
  const busiest = own[0]?.name;
  const row = (nic: NetworkInterface) => (
    <InterfaceRow
      key={nic.name}
      serverId={server.id}
      nic={nic}
      rates={ratesOf(nic.name)}
      startsOpen={nic.name === busiest}
    />
  );
  if (present.length + gone.length === 0) return <Empty title="No network interface" />;
  return (
    <div className="-mx-2 divide-y divide-line">
      {own.map(row)}
      {gone.filter((one) => !isVirtual(one)).map(goneRow)}
      {virtual.length + goneVirtual.length > 0 && (
        <Disclosure
          label={`Virtual interfaces (${virtual.length})`}
          startsOpen={own.length === 0}
          summary={<p className="px-2 py-2.5 font-medium text-muted">virtual ({virtual.length})</p>}
        >
          {() => (
            <div className="divide-y divide-line">
              {virtual.map(row)}
              {goneVirtual.slice(0, MOST_GONE).map(goneRow)}
            </div>
          )}
        </Disclosure>
      )}
    </div>
  );
}

/** As many points as a small line can show. */
const SPARK_STEPS = 60;

/** The transfer of all interfaces over the time on show, coarse, in one request. */
function useRates(serverId: string): (name: string) => Rates {
  const { window } = useChartGroup();
  const { data } = useQuery(
    seriesQuery({
      server: serverId,
      family: "network_interface",
      fields: ["rx_bytes", "tx_bytes", ...FAULT_FIELDS],
      points: SPARK_STEPS,
      ...window,
    }),
  );
  const spark = (name: string, field: string) =>
    sparkOf(data?.get(name), field, window, SPARK_STEPS);
  return (name) => ({
    received: spark(name, "rx_bytes"),
    sent: spark(name, "tx_bytes"),
    faults: faultsOf(data?.get(name)),
  });
}
