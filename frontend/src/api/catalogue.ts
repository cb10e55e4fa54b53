import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

export type Catalogue = components["schemas"]["Catalogue"];

/** The unit of each field, by `family.field`; of counters also by the name of their rate. */
export type Units = ReadonlyMap<string, string>;

/** What the server's declarations say of its families. They change with its version alone. */
export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: () => unwrap(client.GET("/api/v1/catalogue")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What they say of units. */
export const unitsQuery = queryOptions({ ...catalogueQuery, select: unitsOf });

/** What the rate of a counter is called: "rx_rate" of "rx_bytes", "rx_packets_rate". */
export const rateName = (counter: string) => `${counter.replace(/_bytes$/, "")}_rate`;

/** The units out of a catalogue. */
export function unitsOf({ families }: Catalogue): Units {
  const units = new Map<string, string>();
  for (const family of families) {
    for (const { name, kind, unit } of family.fields) {
      units.set(`${family.name}.${name}`, unit);
      if (kind !== "counter") continue;
      units.set(`${family.name}.${rateName(name)}`, `${unit}_per_second`);
    }
  }
  return units;
}
