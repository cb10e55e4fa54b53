import { describe, expect, it } from "vitest";
import type { ServerSummary } from "@/api/servers";
import { tally } from "./condition";
import { listed, parseListSearch } from "./listing";

/** A host with only what the list looks at. */
const host = (id: string, more: Partial<ServerSummary> = {}): ServerSummary =>
  ({
    id,
    display_name: null,
    hostname: id,
    status: "online",
    health: "ok",
    tags: [],
    ip_addresses: null,
    os_distribution: null,
    last_seen: null,
    latest_metrics: null,
    worst_filesystem: null,
    temperatures: null,
    rx_rate: null,
    tx_rate: null,
    ...more,
  }) as ServerSummary;

const ids = (servers: readonly ServerSummary[]) => servers.map(({ id }) => id);

describe("listed", () => {
  it("puts trouble first, then names as people count", () => {
    const order = listed(
      [
        host("node-10"),
        host("node-9"),
        host("paused", { status: "paused" }),
        host("full", { health: "warning" }),
        host("silent", { status: "stale" }),
        host("down", { status: "offline", health: "critical" }),
      ],
      {},
    );
    expect(ids(order)).toEqual(["down", "silent", "full", "paused", "node-9", "node-10"]);
  });

  it("sorts by a value, the highest first and the unknown last", () => {
    const cpu = (cpu_percent: number) => ({ latest_metrics: { cpu_percent } });
    const order = listed([host("none"), host("calm", cpu(3)), host("busy", cpu(90))], {
      sort: "cpu",
    });
    expect(ids(order)).toEqual(["busy", "calm", "none"]);
  });

  it("needs every word of the filter, wherever it stands", () => {
    const servers = [
      host("nas", { os_distribution: "Debian", ip_addresses: ["192.168.1.5"], tags: ["rack"] }),
      host("pi", { os_distribution: "Debian" }),
    ];
    expect(ids(listed(servers, { q: "debian 192.168" }))).toEqual(["nas"]);
    expect(ids(listed(servers, { q: "DEBIAN" }))).toEqual(["nas", "pi"]);
    expect(ids(listed(servers, { tag: "rack" }))).toEqual(["nas"]);
    expect(ids(listed(servers, { show: "down" }))).toEqual([]);
  });
});

describe("tally", () => {
  it("counts a host that is down as down, whatever else it was", () => {
    const counts = tally([
      host("a", { status: "offline", health: "warning" }),
      host("b", { health: "critical" }),
      host("c", { status: "unknown" }),
      host("d"),
    ]);
    expect(counts).toEqual({ down: 1, warning: 1, idle: 1, up: 1 });
  });
});

describe("parseListSearch", () => {
  it("takes only what it knows", () => {
    expect(parseListSearch({ q: "nas", show: "everything", sort: "cpu", tag: "" })).toEqual({
      q: "nas",
      sort: "cpu",
    });
    expect(parseListSearch({ sort: "trouble" })).toEqual({});
  });
});
