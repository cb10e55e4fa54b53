import { type Catalogue, rateName } from "@/api/catalogue";

/** A family's rows at a moment, as a table. */
export interface Sheet {
  family: string;
  title: string;
  columns: readonly { field: string; title: string; unit: string }[];
  rows: readonly { key: string; values: readonly unknown[] }[];
}

/** These have tables of their own. */
const DRAWN = new Set(["host", "filesystem", "network_interface"]);
const MOST_COLUMNS = 5;

/** The families without a table of their own that had anything to tell, by their declarations. */
export function otherFamilies({ families }: Catalogue, past: object): Sheet[] {
  return families
    .filter(({ name, key }) => !DRAWN.has(name) && key !== null)
    .map(({ name, payload, key, fields }) => {
      const rows = rowsOf(past, payload);
      const columns = fields
        .filter(({ kind }) => kind !== "label")
        .map((field) => columnOf(field))
        .filter(({ field }) => rows.some((row) => (row[field] ?? null) !== null))
        .slice(0, MOST_COLUMNS);
      return {
        family: name,
        title: words(payload),
        columns,
        rows: rows.map((row) => ({
          key: String(row[key ?? ""]),
          values: columns.map(({ field }) => row[field]),
        })),
      };
    })
    .filter(({ rows }) => rows.length > 0);
}

type Row = Record<string, unknown>;

function rowsOf(past: object, payload: string): Row[] {
  const rows = (past as Row)[payload];
  return Array.isArray(rows) ? (rows as Row[]) : [];
}

/** A counter says most as the rate that stands beside it. */
function columnOf({ name, kind, unit }: Catalogue["families"][number]["fields"][number]) {
  if (kind !== "counter") return { field: name, title: words(name), unit };
  const field = rateName(name);
  return { field, title: words(field), unit: `${unit}_per_second` };
}

/** "busy_seconds" as one reads it: "Busy seconds". */
const words = (name: string) => {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};
