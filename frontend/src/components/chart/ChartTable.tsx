import { formatAbsolute, NONE } from "@/lib/format";
import { type ChartSeries, type Strip, wordOf } from "./data";

/** So many rows can be read; more are thinned out evenly. */
const MOST_ROWS = 60;

interface ChartTableProps {
  name: string;
  timestamps: readonly number[];
  series: readonly ChartSeries[];
  strip?: Strip;
  format: (value: number | null) => string;
}

/** The chart's numbers as a table, newest first, for those who read rather than look. */
export function ChartTable({ name, timestamps, series, strip, format }: ChartTableProps) {
  const every = Math.max(1, Math.ceil(timestamps.length / MOST_ROWS));
  const rows = timestamps.map((_, index) => index).filter((index) => index % every === 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="max-h-72 overflow-auto" aria-label={`${name}, table`} tabIndex={0}>
      <table className="w-full text-xs">
        <caption className="sr-only">{name}</caption>
        <thead className="sticky top-0 bg-surface text-left text-muted">
          <tr>
            <th scope="col" className="py-1 pr-3 font-medium">
              Time
            </th>
            {series.map((one) => (
              <th key={one.label} scope="col" className="py-1 pl-3 text-right font-medium">
                {one.label}
              </th>
            ))}
            {strip && (
              <th scope="col" className="py-1 pl-3 text-right font-medium">
                {strip.label}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map((index) => (
            <tr key={timestamps[index]} className="border-t border-line">
              <th scope="row" className="py-1 pr-3 text-left font-normal whitespace-nowrap">
                {formatAbsolute(new Date((timestamps[index] ?? 0) * 1000))}
              </th>
              {series.map((one) => (
                <td key={one.label} className="py-1 pl-3 text-right">
                  {format(one.values[index] ?? null)}
                </td>
              ))}
              {strip && (
                <td className="py-1 pl-3 text-right">
                  {wordOf(strip, strip.values[index]) ?? NONE}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
