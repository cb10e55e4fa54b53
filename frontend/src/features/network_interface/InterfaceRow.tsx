import type { NetworkInterface } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { MirroredSparkline, type SparkValues } from "@/components/Sparkline";
import { Status } from "@/components/Status";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import { formatBitRate, formatBytes, formatRate, middleEllipsis } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { linkOf } from "./grouping";
import { Totals } from "./Totals";

/** The transfer over the time on show, coarse, in bytes per second. */
export interface Rates {
  received: SparkValues;
  sent: SparkValues;
}

interface InterfaceRowProps {
  serverId: string;
  nic: NetworkInterface;
  rates: Rates;
  startsOpen: boolean;
}

/** An interface: its link, its transfer now and over time; opened, its chart. */
export function InterfaceRow({ serverId, nic, rates, startsOpen }: InterfaceRowProps) {
  return (
    <Disclosure
      startsOpen={startsOpen}
      label={`Transfer of ${nic.name}`}
      summary={<InterfaceSummary nic={nic} rates={rates} />}
    >
      {() => (
        <>
          <SeriesChart
            name={`Transfer of ${nic.name}`}
            request={{
              server: serverId,
              family: "network_interface",
              key: nic.name,
              fields: ["rx_bytes", "tx_bytes"],
            }}
            lines={[
              {
                field: "rx_bytes",
                label: "Received",
                color: "var(--color-series-1)",
                filled: true,
              },
              { field: "tx_bytes", label: "Sent", color: "var(--color-series-2)", filled: true },
            ]}
            unit="bytes_per_second"
            height={160}
          />
          <Totals serverId={serverId} name={nic.name} />
        </>
      )}
    </Disclosure>
  );
}

function InterfaceSummary({ nic, rates }: Pick<InterfaceRowProps, "nic" | "rates">) {
  const { rateUnit } = usePreferences();
  const link = linkOf(nic);
  const { received, sent } = rates;
  const facts = [
    nic.kind,
    nic.speed_bits_per_second && formatBitRate(nic.speed_bits_per_second),
    `${formatBytes(nic.rx_bytes)} in, ${formatBytes(nic.tx_bytes)} out since boot`,
  ].filter(Boolean);
  return (
    <div className="grid grid-cols-[1fr_auto] items-center gap-x-4 py-2 pr-7 pl-2 sm:grid-cols-[1fr_7rem_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-semibold" title={nic.name}>
            {middleEllipsis(nic.name, 24)}
          </span>
          <Status tone={link.tone}>{link.word}</Status>
        </p>
        <p className="truncate text-xs text-muted">{facts.join(" · ")}</p>
      </div>
      <div className="hidden sm:block">
        <MirroredSparkline
          up={received}
          down={sent}
          label={`Transfer of ${nic.name}: received above, sent below`}
        />
      </div>
      <dl className="grid w-30 grid-cols-[auto_1fr] gap-x-2 text-xs">
        <dt className="text-muted">in</dt>
        <dd className="text-right">{formatRate(lastOf(received), rateUnit)}</dd>
        <dt className="text-muted">out</dt>
        <dd className="text-right">{formatRate(lastOf(sent), rateUnit)}</dd>
      </dl>
    </div>
  );
}

const lastOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;
