import type { components } from "./schema";

type Answer = components["schemas"]["SeriesAnswer"];
type Columns = components["schemas"]["SeriesColumns"]["columns"];

/** A series as charts take it: Unix seconds, and a column of numbers for each field. */
export interface Series {
  timestamps: readonly number[];
  /** By field; the mean of a gauge has `<field>.min` and `<field>.max` beside it. */
  columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** The answer's series by their key. */
export function seriesByKey(answer: Pick<Answer, "series">): ReadonlyMap<string, Series> {
  return new Map(
    answer.series.map(({ key, timestamps, columns }) => [
      key,
      {
        timestamps: timestamps.map((time) => Date.parse(time) / 1000),
        columns: Object.fromEntries(
          Object.entries(columns).map(([field, values]) => [field, numbersOf(values)]),
        ),
      },
    ]),
  );
}

/** Yes is one and no is none; words are of no use to a chart. */
function numbersOf(values: Columns[string]): (number | null)[] {
  return values.map((value) => {
    if (typeof value === "boolean") return Number(value);
    return typeof value === "number" ? value : null;
  });
}
