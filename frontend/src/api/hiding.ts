import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type HideRule = Schemas["HideRuleInfo"];
/** What a rule is made of: a family, a pattern for its keys, and a host where it is for one. */
export type NewHideRule = Schemas["HideRuleCreate"];
export type HidePreview = Schemas["HidePreview"];

/** All rules, each with how much it hides now. */
export const hideRulesQuery = queryOptions({
  queryKey: ["hide-rules"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/settings/hide-rules", { signal })),
});

/** What such a rule would hide now; nothing is asked without a pattern. */
export const hidePreviewQuery = ({ family, pattern, server_id }: NewHideRule) =>
  queryOptions({
    queryKey: ["hide-rules", "preview", family, pattern, server_id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/v1/settings/hide-rules/preview", {
          params: { query: { family, pattern, server: server_id ?? undefined } },
          signal,
        }),
      ),
    enabled: pattern !== "",
    placeholderData: keepPreviousData,
  });

/** What a rule hides may stand in any list: after a change all is read again. */
function useRuleChange<Variables>(mutationFn: (variables: Variables) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queries.invalidateQueries() });
}

export const useCreateHideRule = () =>
  useRuleChange((body: NewHideRule) =>
    unwrap(client.POST("/api/v1/settings/hide-rules", { body })),
  );

export const useDeleteHideRule = () =>
  useRuleChange((rule_id: number) =>
    unwrap(
      client.DELETE("/api/v1/settings/hide-rules/{rule_id}", { params: { path: { rule_id } } }),
    ),
  );
