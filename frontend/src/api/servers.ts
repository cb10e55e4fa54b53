import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { pollInterval } from "./live";
import { useChange } from "./query";
import type { components } from "./schema";

export type ServerSummary = components["schemas"]["ServerSummary"];
export type Server = components["schemas"]["ServerDetail"];
export type Filesystem = components["schemas"]["Filesystem"];
export type NetworkInterface = components["schemas"]["NetworkInterface"];
export type Disk = components["schemas"]["Disk"];
export type Processor = components["schemas"]["Processor"];
export type Temperature = components["schemas"]["Temperature"];
export type Fan = components["schemas"]["Fan"];
export type Raid = components["schemas"]["Raid"];
export type Container = components["schemas"]["Container"];
export type SystemdUnit = components["schemas"]["SystemdUnit"];
export type SoftwareUpdate = components["schemas"]["SoftwareUpdate"];
export type Smart = components["schemas"]["Smart"];
export type Battery = components["schemas"]["Battery"];
export type Ups = components["schemas"]["Ups"];
export type Gpu = components["schemas"]["Gpu"];
export type Process = components["schemas"]["Process"];

/** The most the list is asked for; the page shows all hosts at once. */
const MOST_SERVERS = 1000;

/** What a row of the list shows; the rows of all families would weigh five times as much. */
const LISTED_FAMILIES = ["host", "temperature"];

/** Every host with its latest values and the day's CPU. */
export const serversQuery = queryOptions({
  queryKey: ["servers"],
  queryFn: ({ signal }) => {
    const query = { limit: MOST_SERVERS, family: LISTED_FAMILIES };
    return unwrap(client.GET("/api/v1/servers", { params: { query }, signal }));
  },
  refetchInterval: pollInterval,
});

/** One host with all its families' latest rows, with or without what hide rules leave out. */
export const serverQuery = (serverId: string, hidden = false) =>
  queryOptions<Server>({
    queryKey: ["servers", serverId, { hidden }],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/servers/{server_id}", {
          params: { path: { server_id: serverId }, query: { hidden } },
          signal,
        }),
      ),
    // The host stays in sight while its other lists are on their way.
    placeholderData: (before) => (before?.id === serverId ? before : undefined),
    refetchInterval: pollInterval,
  });

const SERVERS = serversQuery.queryKey;

/** Changes to one host; each refreshes the list and the host. */
export function useServerActions(serverId: string) {
  const params = { path: { server_id: serverId } };
  return {
    update: useChange(SERVERS, (body: components["schemas"]["ServerUpdate"]) =>
      unwrap(client.PUT("/api/v1/servers/{server_id}", { params, body })),
    ),
    pause: useChange(SERVERS, (paused: boolean) =>
      unwrap(
        paused
          ? client.PUT("/api/v1/servers/{server_id}/pause", { params })
          : client.PUT("/api/v1/servers/{server_id}/unpause", { params }),
      ),
    ),
    remove: useChange(SERVERS, () =>
      unwrap(client.DELETE("/api/v1/servers/{server_id}", { params })),
    ),
    forgetFilesystem: useChange(SERVERS, (mount_point: string) =>
      unwrap(
        client.DELETE("/api/v1/servers/{server_id}/filesystems", {
          params: { ...params, query: { mount_point } },
        }),
      ),
    ),
  };
}
