import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { client, isUnauthorized, unwrap } from "./client";
import type { components } from "./schema";

export type Me = components["schemas"]["Me"];

/** Who is logged in; null for nobody. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 60_000,
  queryFn: async (): Promise<Me | null> => {
    try {
      return await unwrap(client.GET("/api/v1/auth/me"));
    } catch (error) {
      if (isUnauthorized(error)) return null;
      throw error;
    }
  },
});

/** Log in; the session is a cookie that scripts can't read. */
export function useLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { username: string; password: string; code: string }) =>
      unwrap(
        client.POST("/api/v1/auth/login", {
          body,
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
        }),
      ),
    onSuccess: () => queries.resetQueries({ queryKey: ["me"] }),
  });
}

/** Make the first admin with the one-time token that the server printed at its first start. */
export function useSetup() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["SetupRequest"]) =>
      unwrap(client.POST("/api/v1/auth/setup", { body })),
    onSuccess: () => queries.resetQueries({ queryKey: ["me"] }),
  });
}

/** End the session; everything that was read with it is forgotten. */
export function useLogout() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/auth/logout")),
    onSettled: () => {
      queries.clear();
      queries.setQueryData(["me"], null);
    },
  });
}
