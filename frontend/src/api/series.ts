import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { paths } from "./schema";
import { columnsOf, type Series } from "./series-columns";

type FamilyOf<Path> = Path extends `/api/v1/metrics/sparkline/{server_id}/${infer Family}`
  ? Family
  : never;

/** The name of a metric family: every one the server has a history of ("network" is an older name). */
export type FamilyName = Exclude<FamilyOf<keyof paths>, "network">;

export interface SeriesRequest {
  server: string;
  family: FamilyName;
  /** Fields of the family; of counters their rates, by the names the server gives them. */
  fields: readonly string[];
  /** The series' key, with the name of the parameter that takes it; none where a host has one. */
  key?: { name: string; value: string };
  /** Unix seconds. */
  from: number;
  to: number;
  points: number;
}

/** The history of some fields of one series, a column each. */
export const seriesQuery = (request: SeriesRequest) =>
  queryOptions({
    queryKey: ["series", request],
    queryFn: async ({ signal }): Promise<Series> => {
      const { server, family, fields, key, from, to, points } = request;
      const query = { from: String(from), to: String(to), points };
      const answer = await unwrap(
        client.GET(
          `/api/v1/metrics/sparkline/{server_id}/${family}` as "/api/v1/metrics/sparkline/{server_id}/host",
          {
            params: {
              path: { server_id: server },
              query: key ? { ...query, [key.name]: key.value } : query,
            },
            signal,
          },
        ),
      );
      return columnsOf(answer.data, fields);
    },
    // What was drawn stays until the next window is there; past windows are not kept.
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 30_000,
  });
