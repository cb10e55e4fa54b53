import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Setting = Schemas["SettingInfo"];
export type TierSetting = Schemas["TierSetting"];
export type Settings = Schemas["SettingsAnswer"];
/** What is left out stays; null has the default again. */
export type SettingsChange = Schemas["SettingsChange"];

/** What admins set, where it comes from, and what it costs. */
export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/v1/settings", { signal })),
});

/** The answer to a change is how the settings stand then. */
export function useChangeSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: SettingsChange) => unwrap(client.PUT("/api/v1/settings", { body })),
    onSuccess: (settings) => queries.setQueryData(settingsQuery.queryKey, settings),
  });
}
