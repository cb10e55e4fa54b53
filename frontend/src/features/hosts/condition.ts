import type { Server } from "@/api/servers";
import type { Tone } from "@/components/Status";

/** How a host is, in one word: first whether we hear of it at all, then what we hear. */
export interface Condition {
  tone: Tone;
  word: string;
  /** What asks for attention first has the lowest rank. */
  rank: number;
  /** Whether its latest values are of now. */
  current: boolean;
}

const DOWN: Condition = { tone: "critical", word: "Down", rank: 0, current: false };
const STALE: Condition = { tone: "warning", word: "No data", rank: 2, current: false };
const PAUSED: Condition = { tone: "idle", word: "Paused", rank: 5, current: false };
const WAITING: Condition = { tone: "idle", word: "Waiting", rank: 4, current: false };
const UP = {
  critical: { tone: "critical", word: "Critical", rank: 1, current: true },
  warning: { tone: "warning", word: "Warning", rank: 3, current: true },
  ok: { tone: "ok", word: "Up", rank: 6, current: true },
} as const satisfies Record<string, Condition>;

/** The condition of a server as the API tells its status and health. */
export function conditionOf(server: Pick<Server, "status" | "health">): Condition {
  switch (server.status) {
    case "offline":
      return DOWN;
    case "stale":
      return STALE;
    case "paused":
      return PAUSED;
    case "unknown":
      return WAITING;
    case "online":
      return UP[server.health];
  }
}

/** How many hosts are down, in some other trouble, and well. */
export interface Tally {
  down: number;
  warning: number;
  up: number;
  idle: number;
}

export function tally(servers: readonly Pick<Server, "status" | "health">[]): Tally {
  const counts: Tally = { down: 0, warning: 0, up: 0, idle: 0 };
  for (const server of servers) counts[groupOf(server)] += 1;
  return counts;
}

/** The group a host is counted in. */
export function groupOf(server: Pick<Server, "status" | "health">): keyof Tally {
  if (server.status === "offline") return "down";
  const { tone } = conditionOf(server);
  if (tone === "idle") return "idle";
  return tone === "ok" ? "up" : "warning";
}
