import { NETDATA_RANGES, type NetdataRange } from "@/api/netdata";
import type { ServerSummary } from "@/api/servers";
import { hottestOf } from "@/features/temperature/hottest";
import { conditionOf, groupOf } from "./condition";

export const SORTS = [
  "trouble",
  "name",
  "cpu",
  "memory",
  "disk",
  "network",
  "temperature",
  "seen",
] as const;
export type Sort = (typeof SORTS)[number];

export const GROUPS = ["down", "warning", "up", "idle"] as const;
export type Group = (typeof GROUPS)[number];

/** What the address says of the list. */
export interface ListSearch {
  q?: string;
  show?: Group;
  tag?: string;
  sort?: Sort;
  netdata?: NetdataRange;
}

/** Read the list's part of an address, whoever wrote it. */
export function parseListSearch(search: Record<string, unknown>): ListSearch {
  const found: ListSearch = {};
  if (search.q) found.q = String(search.q);
  if (search.tag) found.tag = String(search.tag);
  const show = GROUPS.find((one) => one === search.show);
  if (show) found.show = show;
  const sort = SORTS.find((one) => one === search.sort);
  if (sort && sort !== "trouble") found.sort = sort;
  const netdata = NETDATA_RANGES.find((one) => one === search.netdata);
  if (netdata && netdata !== "5m") found.netdata = netdata;
  return found;
}

/** What people call a host. */
export const nameOf = (server: Pick<ServerSummary, "id" | "display_name" | "hostname">): string =>
  server.display_name ?? server.hostname ?? server.id;

type Compare = (one: ServerSummary, other: ServerSummary) => number;

const highestFirst =
  (value: (server: ServerSummary) => number | null | undefined): Compare =>
  (one, other) =>
    (value(other) ?? -1) - (value(one) ?? -1);

const byName: Compare = (one, other) =>
  nameOf(one).localeCompare(nameOf(other), undefined, { numeric: true });

const COMPARES: Record<Sort, Compare> = {
  trouble: (one, other) => conditionOf(one).rank - conditionOf(other).rank,
  name: byName,
  cpu: highestFirst((server) => server.latest_metrics?.cpu_percent),
  memory: highestFirst((server) => server.latest_metrics?.memory_percent),
  disk: highestFirst((server) => server.worst_filesystem?.percent),
  network: highestFirst((server) => (server.rx_rate ?? 0) + (server.tx_rate ?? 0)),
  temperature: highestFirst((server) => hottestOf(server)?.celsius),
  seen: highestFirst((server) => (server.last_seen ? Date.parse(server.last_seen) : null)),
};

/** The hosts that the search asks for, in its order; equal ones by name. */
export function listed(servers: readonly ServerSummary[], search: ListSearch): ServerSummary[] {
  const compare = COMPARES[search.sort ?? "trouble"];
  return servers
    .filter((server) => matches(server, search))
    .sort((one, other) => compare(one, other) || byName(one, other));
}

function matches(server: ServerSummary, { q, show, tag }: ListSearch): boolean {
  if (show && groupOf(server) !== show) return false;
  if (tag && !server.tags.includes(tag)) return false;
  if (!q) return true;
  const words = q.toLowerCase().split(/\s+/);
  const text = [
    nameOf(server),
    server.id,
    server.hostname,
    server.os_distribution,
    ...(server.ip_addresses ?? []),
    ...server.tags,
  ]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
