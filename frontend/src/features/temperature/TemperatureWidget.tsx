import type { Temperature } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { Meter } from "@/components/Meter";
import { Empty } from "@/components/States";
import type { Tone } from "@/components/Status";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatCelsius } from "@/lib/format";

/** What a bar's full length stands for where the hardware names no critical value. */
const USUAL_CRITICAL_CELSIUS = 100;

/** From this share of the critical value on, a reading is worth a warning. */
const WARM_SHARE = 0.9;

/** Every sensor of the host, the one nearest to its critical value first. */
export function TemperatureWidget({ server }: WidgetProps) {
  const sensors = warmestFirst(server.temperatures ?? []);
  if (sensors.length === 0) return <Empty title="No sensor" />;
  return (
    <div className="-mx-2 divide-y divide-line">
      {sensors.map((reading) => (
        <Disclosure
          key={reading.sensor}
          label={`History of ${reading.sensor}`}
          summary={<Reading reading={reading} />}
        >
          {() => <History serverId={server.id} reading={reading} />}
        </Disclosure>
      ))}
    </div>
  );
}

function Reading({ reading }: { reading: Temperature }) {
  const { sensor, celsius, critical_celsius } = reading;
  const now = formatCelsius(celsius);
  const text = critical_celsius ? `${now}, critical at ${formatCelsius(critical_celsius)}` : now;
  return (
    <div className="py-2 pr-7 pl-2">
      <div className="flex items-baseline gap-x-2">
        <span className="min-w-0 flex-1 font-semibold break-words">{sensor}</span>
        {critical_celsius && (
          <span className="text-xs text-muted">critical {formatCelsius(critical_celsius)}</span>
        )}
        <span className="font-semibold whitespace-nowrap">{now}</span>
      </div>
      <div className="mt-1">
        <Meter
          percent={100 * shareOf(reading)}
          tone={toneOf(reading)}
          label={`Temperature ${sensor}`}
          text={text}
        />
      </div>
    </div>
  );
}

function History({ serverId, reading }: { serverId: string; reading: Temperature }) {
  const { sensor, critical_celsius } = reading;
  return (
    <SeriesChart
      name={`Temperature of ${sensor}`}
      request={{ server: serverId, family: "temperature", key: sensor, fields: ["celsius"] }}
      lines={[
        { field: "celsius", label: "Measured", color: "var(--color-series-1)", filled: true },
        ...(critical_celsius
          ? [{ value: critical_celsius, label: "Critical", color: "var(--color-series-5)" }]
          : []),
      ]}
      unit="celsius"
      height={160}
    />
  );
}

/** How near a reading is to its critical value: 0 to 1, and above. */
function shareOf({ celsius, critical_celsius }: Temperature): number {
  return celsius / (critical_celsius || USUAL_CRITICAL_CELSIUS);
}

function toneOf(reading: Temperature): Tone {
  if (!reading.critical_celsius) return "ok";
  const share = shareOf(reading);
  if (share >= 1) return "critical";
  return share >= WARM_SHARE ? "warning" : "ok";
}

function warmestFirst(readings: readonly Temperature[]): Temperature[] {
  return [...readings].sort((one, other) => shareOf(other) - shareOf(one));
}
