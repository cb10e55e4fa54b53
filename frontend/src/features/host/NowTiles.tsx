import type { Server } from "@/api/servers";
import { Meter, toneOfShare } from "@/components/Meter";
import { Figure, Tile } from "@/components/Tile";
import { conditionOf } from "@/features/hosts/condition";
import { hottestOf } from "@/features/temperature/hottest";
import { formatBytes, formatCelsius, formatPercent, formatRate, NONE } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";

/** The values of this moment; greyed and called "last" where they are not. */
export function NowTiles({ server }: { server: Server }) {
  const { rateUnit } = usePreferences();
  const { current } = conditionOf(server);
  const metrics = server.latest_metrics;
  const load = metrics?.load_1m ?? null;
  const hottest = hottestOf(server);
  return (
    <section
      aria-label={current ? "Now" : "Last known values"}
      className={`grid grid-cols-2 gap-3 sm:grid-cols-3 ${hottest ? "xl:grid-cols-7" : "xl:grid-cols-6"} ${current ? "" : "outdated"}`}
    >
      <ShareTile name="CPU" percent={metrics?.cpu_percent} />
      <Tile name="Load per core">
        <Figure>{load === null ? NONE : (load / (server.cpu_cores ?? 1)).toFixed(2)}</Figure>
        <p className="text-xs text-muted">
          {[load, metrics?.load_5m, metrics?.load_15m]
            .map((one) => one?.toFixed(2) ?? NONE)
            .join("  ")}
        </p>
      </Tile>
      <ShareTile
        name="Memory"
        percent={metrics?.memory_percent}
        text={ofTotal(metrics?.memory_used_bytes, metrics?.memory_total_bytes)}
        warns
      />
      <ShareTile
        name="Swap"
        percent={metrics?.swap_total_bytes ? metrics.swap_percent : null}
        text={
          metrics?.swap_total_bytes === 0
            ? "none"
            : ofTotal(metrics?.swap_used_bytes, metrics?.swap_total_bytes)
        }
      />
      {hottest && (
        <Tile name="Hottest sensor">
          <Figure>{formatCelsius(hottest.celsius)}</Figure>
          <p className="truncate text-xs text-muted" title={hottest.sensor}>
            {hottest.sensor}
          </p>
        </Tile>
      )}
      <Tile name="Received">
        <Figure>{formatRate(server.rx_rate, rateUnit)}</Figure>
      </Tile>
      <Tile name="Sent">
        <Figure>{formatRate(server.tx_rate, rateUnit)}</Figure>
      </Tile>
    </section>
  );
}

const ofTotal = (used: number | null | undefined, total: number | null | undefined) =>
  `${formatBytes(used)} of ${formatBytes(total)}`;

interface ShareTileProps {
  name: string;
  percent: number | null | undefined;
  text?: string;
  warns?: boolean;
}

function ShareTile({ name, percent = null, text, warns = false }: ShareTileProps) {
  return (
    <Tile name={name}>
      <Figure>{formatPercent(percent)}</Figure>
      <div className="mt-1.5">
        <Meter
          percent={percent}
          tone={warns ? toneOfShare(percent) : "ok"}
          label={name}
          text={text ?? formatPercent(percent)}
        />
      </div>
      {text && <p className="mt-1 text-xs text-muted">{text}</p>}
    </Tile>
  );
}
