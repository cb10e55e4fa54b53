import type { NetworkInterface } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { MirroredSparkline, type SparkValues } from "@/components/Sparkline";
import { Badge, Status } from "@/components/Status";
import { useNow } from "@/lib/clock";
import {
  formatBitRate,
  formatBytes,
  formatCount,
  formatMoment,
  formatRate,
  middleEllipsis,
} from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import type { Faults } from "./faults";
import type { Gone } from "./gone";
import { linkOf } from "./grouping";
import { InterfaceChart } from "./InterfaceChart";

/** What went through over the time on show, coarse, in bytes per second. */
export interface Rates {
  received: SparkValues;
  sent: SparkValues;
  faults: Faults;
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
        <InterfaceChart
          serverId={serverId}
          name={nic.name}
          speedBitsPerSecond={nic.speed_bits_per_second ?? null}
        />
      )}
    </Disclosure>
  );
}

function InterfaceSummary({ nic, rates }: Pick<InterfaceRowProps, "nic" | "rates">) {
  const { rateUnit } = usePreferences();
  const link = linkOf(nic);
  const { received, sent, faults } = rates;
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
          <FaultBadges faults={faults} />
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

function FaultBadges({ faults: { errors, drops } }: { faults: Faults }) {
  return (
    <>
      {errors > 0 && (
        <Badge tone="warning" title="on average over the time on show">
          {perMinute(errors)} errors/min
        </Badge>
      )}
      {drops > 0 && (
        <Badge tone="idle" title="on average over the time on show">
          {perMinute(drops)} drops/min
        </Badge>
      )}
    </>
  );
}

const perMinute = (count: number) => (count < 0.1 ? "under 0.1" : formatCount(count));

/** An interface that was there within a day and is gone; opened, its chart. */
export function GoneRow({ serverId, gone }: { serverId: string; gone: Gone }) {
  const now = useNow();
  return (
    <Disclosure
      label={`Transfer of ${gone.name}`}
      summary={
        <p className="outdated flex flex-wrap items-baseline gap-x-2 py-2 pr-7 pl-2">
          <span className="font-semibold" title={gone.name}>
            {middleEllipsis(gone.name, 24)}
          </span>
          <Badge tone="warning">gone</Badge>
          <span className="text-xs text-muted">
            not reported since {formatMoment(new Date(gone.until * 1000), now)} or before
          </span>
        </p>
      }
    >
      {() => <InterfaceChart serverId={serverId} name={gone.name} speedBitsPerSecond={null} />}
    </Disclosure>
  );
}

const lastOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;
