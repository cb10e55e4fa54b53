/** A series as charts take it: Unix seconds, and a column of values for each field. */
export interface Series {
  timestamps: readonly number[];
  columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** A point as every sparkline of the server has it; `flag` says what lies before it. */
type Point = { readonly timestamp: string; readonly flag: string };

/** Turn points into columns; a gap becomes a moment without values, so that no line crosses it. */
export function columnsOf(points: readonly Point[], fields: readonly string[]): Series {
  const timestamps: number[] = [];
  const columns: Record<string, (number | null)[]> = {};
  for (const field of fields) columns[field] = [];
  const add = (time: number, lookUp: (field: string) => number | null) => {
    timestamps.push(time);
    for (const field of fields) columns[field]?.push(lookUp(field));
  };
  for (const point of points) {
    const time = Date.parse(point.timestamp) / 1000;
    const before = timestamps.at(-1);
    if (point.flag === "gap" && before !== undefined) add((before + time) / 2, () => null);
    add(time, (field) => numberOf(point, field));
  }
  return { timestamps, columns };
}

function numberOf(point: Point, field: string): number | null {
  const value = (point as Readonly<Record<string, unknown>>)[field];
  return typeof value === "number" ? value : null;
}
