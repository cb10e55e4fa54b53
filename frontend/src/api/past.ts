import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type HostEvent = Schemas["HostEvent"];
export type Forecast = Schemas["ForecastFacts"];
export type PlacedFilesystem = Schemas["PlacedFilesystem"];
export type Comparison = Schemas["Comparison"];

const pathOf = (server_id: string) => ({ path: { server_id } });
const MINUTE_MS = 60_000;

/** What happened to a host between two moments in Unix seconds. */
export const eventsQuery = (server: string, window: { from: number; to: number }) =>
  queryOptions({
    queryKey: ["events", server, window],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/servers/{server_id}/events", {
          params: {
            ...pathOf(server),
            query: { from: String(window.from), to: String(window.to) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: MINUTE_MS,
    gcTime: MINUTE_MS,
  });

/** When each filesystem of a host will be full, as far as can be told. */
export const forecastQuery = (server: string) =>
  queryOptions({
    queryKey: ["forecast", server],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/servers/{server_id}/forecast", { params: pathOf(server), signal }),
      ),
    staleTime: 10 * MINUTE_MS,
    refetchInterval: 10 * MINUTE_MS,
  });

/** As many as the server gives at once. */
export const ALL_FILESYSTEMS = 5000;
/** What fills in days need not be asked for every second. */
const FILLING_POLL_MS = 30_000;

/** The filesystems of all hosts, the soonest full first. */
export const filesystemsQuery = (limit: number) =>
  queryOptions({
    queryKey: ["filesystems", limit],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/v1/filesystems", { params: { query: { limit } }, signal })),
    refetchInterval: FILLING_POLL_MS,
  });

/** The rows a host had last reported at a moment; numbers that have expired are null. */
export interface Past {
  online: boolean;
  metrics: Schemas["HostMetrics"] | null;
  filesystems: Schemas["Filesystem"][] | null;
  network_interfaces: (Schemas["NetworkInterface"] & Rates)[] | null;
}

/** Counters come with what they rose by per second. */
interface Rates {
  rx_rate: number | null;
  tx_rate: number | null;
}

/** A whole host as it was at a moment in Unix seconds. */
export const atQuery = (server: string, time: number) =>
  queryOptions({
    queryKey: ["at", server, time],
    queryFn: async ({ signal }) => {
      const answer = await unwrap(
        client.GET("/api/v1/servers/{server_id}/at", {
          params: { ...pathOf(server), query: { time: String(time) } },
          signal,
        }),
      );
      // OpenAPI leaves this answer open, since its parts are the families' rows.
      return answer as unknown as Past;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What differs between two moments of a host. */
export const compareQuery = (server: string, from: number, to: number) =>
  queryOptions({
    queryKey: ["compare", server, from, to],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/servers/{server_id}/compare", {
          params: { ...pathOf(server), query: { from: String(from), to: String(to) } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
