import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

/** The unit of each field, by `family.field`; of counters also by the name of their rate. */
export type Units = ReadonlyMap<string, string>;

/** What the server's declarations say of units. They change with its version alone. */
export const unitsQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: async () => unitsOf(await unwrap(client.GET("/api/v1/catalogue"))),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The units out of a catalogue. */
export function unitsOf({ families }: components["schemas"]["Catalogue"]): Units {
  const units = new Map<string, string>();
  for (const family of families) {
    for (const { name, kind, unit } of family.fields) {
      units.set(`${family.name}.${name}`, unit);
      if (kind !== "counter") continue;
      const rate = `${name.replace(/_bytes$/, "")}_rate`;
      units.set(`${family.name}.${rate}`, `${unit}_per_second`);
    }
  }
  return units;
}
