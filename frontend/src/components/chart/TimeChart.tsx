import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffectiveTheme } from "@/lib/theme";
import { ChartLegend } from "./ChartLegend";
import { ChartTable } from "./ChartTable";
import type { ChartSeries, Strip } from "./data";
import { type ChartGroup, useChartGroup } from "./group";
import { columnsOf, optionsOf, placesOf } from "./options";

interface TimeChartProps {
  /** What is drawn, for the caption of the table and for screen readers. */
  name: string;
  /** Unix seconds, ascending. */
  timestamps: readonly number[];
  series: readonly ChartSeries[];
  strip?: Strip;
  /** The unit the server names for the values; it decides where the grid lines stand. */
  unit: string;
  format: (value: number | null) => string;
  /** The top of the scale where it is known (100 for percent). */
  maximum?: number;
  height?: number;
}

/** A chart over the group's window: shared crosshair, drag to zoom, gaps left open, a table beside it. */
export function TimeChart(props: TimeChartProps) {
  const group = useChartGroup();
  const [isolated, setIsolated] = useState<number | null>(null);
  const holder = useChart(props, group, isolated);
  const isolate = (index: number) => setIsolated((now) => (now === index ? null : index));
  return (
    <figure className="m-0">
      <ChartLegend {...props} isolated={isolated} onIsolate={isolate} />
      {group.tables ? (
        <ChartTable {...props} />
      ) : (
        <div
          ref={holder}
          role="img"
          aria-label={`${props.name}, chart; press T for a table`}
          style={{ height: props.height ?? 180 }}
        />
      )}
    </figure>
  );
}

/** Keeps a uPlot in step with the properties; returns the ref of the element that it fills. */
function useChart(props: TimeChartProps, group: ChartGroup, isolated: number | null) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef({ props, group });
  latest.current = { props, group };
  const theme = useEffectiveTheme();
  const { timestamps, series, unit, maximum, height = 180 } = props;
  // A chart is built anew when its lines change, not when its data does.
  const shape = series.map((one) => `${one.label}|${one.color}|${Boolean(one.band)}`).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: data and group are read through `latest`; shape and theme stand for what the options are made of
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const current = () => latest.current.props;
    const look = { unit, maximum, height, format: (value: number) => current().format(value) };
    const options = optionsOf(current().series, look, () => latest.current.group, current);
    const made = new uPlot(
      { ...options, width: element.clientWidth },
      columnsOf(current().timestamps, current().series),
      element,
    );
    chart.current = made;
    const unfollow = followCrosshair(made, () => latest.current.group);
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      unfollow();
      made.destroy();
      chart.current = null;
    };
  }, [shape, theme, unit, maximum, height, group.tables, group.crosshair]);

  const data = useMemo(() => columnsOf(timestamps, series), [timestamps, series]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new window or new marks are drawn with the same data
  useEffect(() => {
    chart.current?.setData(data);
  }, [data, group.window.from, group.window.to, group.marks]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a rebuilt chart shows all its lines and must be told again
  useEffect(() => {
    const places = placesOf(series);
    series.forEach((_, index) => {
      const show = isolated === null || isolated === index;
      chart.current?.setSeries(places[index] ?? 0, { show });
    });
  }, [isolated, shape, theme]);

  return holder;
}

function followCrosshair(chart: uPlot, group: () => ChartGroup): () => void {
  return group().crosshair.subscribe(() => {
    if (chart.over.matches(":hover") && !group().crosshair.pinned) return;
    const { time } = group().crosshair;
    const left = time === null ? -10 : chart.valToPos(time, "x");
    chart.setCursor({ left, top: time === null ? -10 : 1 }, false);
  });
}
