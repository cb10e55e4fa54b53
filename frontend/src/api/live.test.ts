import { expect, it } from "vitest";
import { serversOf } from "./live";

it.each([
  [{ type: "heartbeats", heartbeats: [{ server_id: "nas" }, { server_id: "pi" }] }, ["nas", "pi"]],
  [{ type: "ping", server_time: "2026-03-01T00:00:00Z" }, []],
  [{ type: "subscribed", servers: null, families: ["host"] }, []],
  [null, []],
])("takes the hosts out of %j", (message, servers) => {
  expect(serversOf(message)).toEqual(servers);
});
