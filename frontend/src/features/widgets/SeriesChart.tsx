import { useQuery } from "@tanstack/react-query";
import { type SeriesRequest, seriesQuery } from "@/api/series";
import type { Strip } from "@/components/chart/data";
import { useChartGroup } from "@/components/chart/group";
import { TimeChart } from "@/components/chart/TimeChart";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { formatMoment, formatQuantity } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";
import { type Line, linesOf, startOf } from "./lines";

interface SeriesChartProps {
  name: string;
  request: Omit<SeriesRequest, "from" | "to" | "points">;
  lines: readonly Line[];
  /** A state that is drawn along the foot. */
  strip?: Omit<Strip, "values"> & { field: string };
  unit: string;
  maximum?: number;
  height?: number;
}

/** As many points as the eye can tell apart on a wide screen. */
const POINTS = 600;

/** A chart of one series' fields over the window of its group, with all its states. */
export function SeriesChart(props: SeriesChartProps) {
  const { name, request, lines, strip, unit, maximum, height = 190 } = props;
  const { window } = useChartGroup();
  const { rateUnit } = usePreferences();
  const answer = useQuery(
    seriesQuery({ ...request, from: window.from, to: window.to, points: POINTS }),
  );
  const format = (value: number | null) => formatQuantity(value, unit, rateUnit);
  return (
    <Loaded answer={answer} skeleton={<Skeleton height={height + 28} />}>
      {(found) => {
        const data = found.get(request.key ?? "");
        const drawn = linesOf(data, lines);
        if (!data || drawn.length === 0) {
          return (
            <div style={{ minHeight: height }} className="grid place-items-center">
              <Empty title="No data in this time" />
            </div>
          );
        }
        const start = startOf(data, drawn, window);
        return (
          <>
            <TimeChart
              name={name}
              timestamps={data.timestamps}
              series={drawn}
              strip={strip && { ...strip, values: data.columns[strip.field] ?? [] }}
              unit={unit}
              format={format}
              maximum={maximum}
              height={height}
            />
            {start !== null && (
              <p className="text-xs text-muted">
                data starts {formatMoment(new Date(start * 1000), new Date())}
              </p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
