import { describe, expect, it } from "vitest";
import type { NetworkInterface } from "@/api/servers";
import { grouped, linkOf } from "./grouping";

const nic = (name: string, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  name,
  rx_bytes: 0,
  tx_bytes: 0,
  rx_packets: 0,
  tx_packets: 0,
  is_up: true,
  ...more,
});

describe("grouped", () => {
  it("parts what tools made from the rest, the busiest link first, links that are down last", () => {
    const { own, virtual } = grouped([
      nic("veth1a"),
      nic("eth1", { is_up: false, rx_bytes: 900 }),
      nic("wg0", { rx_bytes: 5 }),
      nic("br-12ab"),
      nic("eth0", { rx_bytes: 100 }),
      nic("br0"),
    ]);
    expect(own.map(({ name }) => name)).toEqual(["eth0", "wg0", "br0", "eth1"]);
    expect(virtual.map(({ name }) => name)).toEqual(["br-12ab", "veth1a"]);
  });
});

describe("linkOf", () => {
  it.each([
    [{ is_up: true, operstate: "unknown" }, "up"],
    [{ is_up: true, operstate: null }, "up"],
    [{ is_up: false, operstate: "down" }, "down"],
    [{ is_up: false, operstate: "unknown" }, "unknown"],
    [{ is_up: false, operstate: "lowerlayerdown" }, "no carrier"],
    [{ is_up: false, operstate: "dormant" }, "dormant"],
  ] as const)("%j", (state, word) => {
    expect(linkOf(nic("eth0", state)).word).toBe(word);
  });
});
