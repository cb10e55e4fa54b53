import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

export type Housekeeping = components["schemas"]["HousekeepingAnswer"];

/** How large the database is, how far back it goes, and what became of the backups. */
export const housekeepingQuery = queryOptions({
  queryKey: ["housekeeping"],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/system/housekeeping", { signal })),
});
