import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { paths } from "./schema";
import { seriesByKey } from "./series-columns";

type FamilyOf<Path> = Path extends `/api/v1/metrics/sparkline/{server_id}/${infer Family}`
  ? Family
  : never;

/** The name of a metric family: every one the server has a history of ("network" is an older name). */
export type FamilyName = Exclude<FamilyOf<keyof paths>, "network">;

export interface SeriesRequest {
  server: string;
  family: FamilyName;
  /** Gauges come as means with their extremes, counters as rates per second. */
  fields: readonly string[];
  /** One series of the family; all of them where left out. */
  key?: string;
  /** Unix seconds. */
  from: number;
  to: number;
  points: number;
  /** Counters as what they rose by in each step instead of their rates. */
  agg?: "increase";
}

/** The history of some fields of a host's family, by key ("" where a host has but one). */
export const seriesQuery = (request: SeriesRequest) =>
  queryOptions({
    queryKey: ["series", request],
    queryFn: async ({ signal }) => {
      const { server, family, fields, key, from, to, points, agg } = request;
      const answer = await unwrap(
        client.GET("/api/v1/series", {
          params: {
            query: {
              server: [server],
              family,
              field: [...fields],
              key: key === undefined ? undefined : [key],
              from: String(from),
              to: String(to),
              points,
              agg,
            },
          },
          signal,
        }),
      );
      return seriesByKey(answer);
    },
    // What was drawn stays until the next window is there; past windows are not kept.
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 30_000,
  });
