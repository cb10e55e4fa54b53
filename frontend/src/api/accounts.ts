import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { useChange } from "./query";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Token = Schemas["TokenInfo"];
export type Scope = Schemas["Scope"];
export type User = Schemas["UserInfo"];
export type Role = Schemas["Role"];
export type Session = Schemas["SessionInfo"];

/** Where one is logged in. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/sessions")),
});

/** All API tokens, without their secrets. */
export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: () => unwrap(client.GET("/api/v1/tokens")),
});

/** All people. */
export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: () => unwrap(client.GET("/api/v1/users")),
});

/** What was done lately, newest first. */
export const auditQuery = queryOptions({
  queryKey: ["audit"],
  queryFn: () => unwrap(client.GET("/api/v1/audit", { params: { query: { limit: 100 } } })),
});

/** Whether one's own logins need a code. */
export const secondFactorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: () => unwrap(client.GET("/api/v1/auth/second-factor")),
});

/** A fresh secret, which counts only once it is sent back with a code of it. */
export const useProposeSecondFactor = () =>
  useChange(secondFactorQuery.queryKey, () =>
    unwrap(client.POST("/api/v1/auth/second-factor/proposal")),
  );

/** The answer holds the recovery codes, this once. */
export const useTurnOnSecondFactor = () =>
  useChange(secondFactorQuery.queryKey, (body: Schemas["SecondFactorStart"]) =>
    unwrap(client.PUT("/api/v1/auth/second-factor", { body })),
  );

export const useTurnOffSecondFactor = () =>
  useChange(secondFactorQuery.queryKey, (body: Schemas["SecondFactorEnd"]) =>
    unwrap(client.POST("/api/v1/auth/second-factor/off", { body })),
  );

export const useChangePassword = () =>
  useChange(sessionsQuery.queryKey, (body: Schemas["PasswordChange"]) =>
    unwrap(client.POST("/api/v1/auth/password", { body })),
  );

export const useEndSession = () =>
  useChange(sessionsQuery.queryKey, (session_id: number) =>
    unwrap(
      client.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id } } }),
    ),
  );

/** The answer holds the secret, this once. */
export const useCreateToken = () =>
  useChange(tokensQuery.queryKey, (body: Schemas["TokenCreate"]) =>
    unwrap(client.POST("/api/v1/tokens", { body })),
  );

export const useRevokeToken = () =>
  useChange(tokensQuery.queryKey, (token_id: number) =>
    unwrap(client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id } } })),
  );

export const useCreateUser = () =>
  useChange(usersQuery.queryKey, (body: Schemas["UserCreate"]) =>
    unwrap(client.POST("/api/v1/users", { body })),
  );

export const useDeleteUser = () =>
  useChange(usersQuery.queryKey, (username: string) =>
    unwrap(client.DELETE("/api/v1/users/{username}", { params: { path: { username } } })),
  );
