import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

export type NetdataMetric = components["schemas"]["MetricData"];
export type NetdataMetrics = components["schemas"]["SystemMetrics"];

/** How far back Netdata's charts reach. */
export const NETDATA_RANGES = ["5m", "1h", "24h"] as const;
export type NetdataRange = (typeof NETDATA_RANGES)[number];

/** Whatever the range, what is current is of now; the server asks Netdata once for all pages. */
const EVERY_MS = 5_000;
const STATE_EVERY_MS = 60_000;

/** Whether the server has a Netdata beside it, and why that does not answer. */
export const netdataStateQuery = queryOptions({
  queryKey: ["netdata", "state"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/server/netdata", { signal })),
  staleTime: STATE_EVERY_MS,
  refetchInterval: STATE_EVERY_MS,
});

/** The server's own machine, as its Netdata sees it. */
export const netdataMetricsQuery = (range: NetdataRange) =>
  queryOptions({
    queryKey: ["netdata", "metrics", range],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/server/metrics", { params: { query: { range } }, signal })),
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
    // The reason is worth more than a second try: the next comes soon.
    retry: false,
  });
