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

/** What one can log in by, beside name and password. */
export const loginMethodsQuery = queryOptions({
  queryKey: ["login-methods"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/methods")),
});

/** Go to the OpenID provider; its way back ends at `next`. */
export const useProviderLogin = () =>
  useMutation({
    mutationFn: async (next: string) => {
      const { url } = await unwrap(client.POST("/api/v1/auth/provider/start", { body: { next } }));
      window.location.assign(url);
    },
  });

/** Go to the OpenID provider; whoever comes back from there is this account. */
export const useConnectProvider = () =>
  useMutation({
    mutationFn: async () => {
      const { url } = await unwrap(client.POST("/api/v1/auth/provider/connect"));
      window.location.assign(url);
    },
  });

/** Log in as the user whom the proxy names. */
export function useProxyLogin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.POST("/api/v1/auth/proxy")),
    onSuccess: () => queries.resetQueries({ queryKey: ["me"] }),
  });
}

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
