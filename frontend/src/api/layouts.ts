import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

/** Where one widget stands; a layout is a list of them in reading order. */
export type Placement = components["schemas"]["Placement"];
export type Width = NonNullable<Placement["width"]>;

/** How one arranged the page of a host; empty where one never did. */
export const hostLayoutQuery = (serverId: string) =>
  queryOptions({
    queryKey: ["layouts", `host:${serverId}`],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/layouts/{layout_id}", {
          params: { path: { layout_id: `host:${serverId}` } },
          signal,
        }),
      ),
    // It changes by one's own hand alone.
    staleTime: 60_000,
  });

/**
 * Arranges the page of a host. What is arranged shows at once and is saved in its turn; after a
 * failure it stays on show, unsaved, until another try or the next reading.
 */
export function useSaveHostLayout(serverId: string) {
  const queries = useQueryClient();
  const { queryKey } = hostLayoutQuery(serverId);
  const layout_id = `host:${serverId}`;
  const params = { path: { layout_id } };
  return useMutation({
    scope: { id: layout_id },
    onMutate: async (widgets: Placement[]) => {
      await queries.cancelQueries({ queryKey });
      queries.setQueryData(queryKey, { id: layout_id, widgets, updated_at: null });
    },
    mutationFn: async (widgets: Placement[]): Promise<unknown> =>
      // Nothing arranged is what the server calls a reset.
      widgets.length === 0
        ? unwrap(client.DELETE("/api/v1/layouts/{layout_id}", { params }))
        : unwrap(client.PUT("/api/v1/layouts/{layout_id}", { params, body: { widgets } })),
  });
}
