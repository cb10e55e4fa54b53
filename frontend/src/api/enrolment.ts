import { queryOptions } from "@tanstack/react-query";
import { client, unwrap } from "./client";
import { useChange } from "./query";
import { serversQuery } from "./servers";

/** Which hosts have an agent's token. */
export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: () => unwrap(client.GET("/api/v1/agents")),
});

/** A single-use code with the line to paste on the new host. */
export const useCreateCode = () =>
  useChange(serversQuery.queryKey, () =>
    unwrap(client.POST("/api/v1/enrolment/codes", { body: {} })),
  );

/** Refuse an agent from now on; its host and history stay. */
export const useRevokeAgent = () =>
  useChange(agentsQuery.queryKey, (server_id: string) =>
    unwrap(client.DELETE("/api/v1/agents/{server_id}", { params: { path: { server_id } } })),
  );
