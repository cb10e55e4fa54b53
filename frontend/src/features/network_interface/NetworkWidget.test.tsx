import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { NetworkInterface, Server } from "@/api/servers";
import { type ChartGroup, ChartGroupContext, Crosshair } from "@/components/chart/group";
import { serve } from "../../../tooling/test-server";
import { NetworkWidget } from "./NetworkWidget";

const window = { from: 1_700_000_000, to: 1_700_000_600 };
const group: ChartGroup = {
  window,
  crosshair: new Crosshair(),
  marks: [],
  tables: true,
  onZoom: vi.fn(),
  onReset: vi.fn(),
};

const nic = (name: string, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  name,
  rx_bytes: 1024,
  tx_bytes: 2048,
  rx_packets: 1,
  tx_packets: 1,
  is_up: true,
  ...more,
});

function show(
  network_interfaces: NetworkInterface[],
  more: Record<string, unknown> = {},
  hidden: Server["hidden"] = {},
) {
  const timestamps = [window.to - 20, window.to - 10].map((time) => new Date(time * 1000));
  const columns = { rx_bytes: [0, 125_000], tx_bytes: [0, null], ...more };
  const series = ["eth0", ...Object.values(hidden).flat()].map((key) => ({
    server_id: "nas",
    key,
    timestamps,
    columns,
  }));
  serve({ "/api/v1/series": { series } });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ChartGroupContext value={group}>
        <NetworkWidget server={{ id: "nas", network_interfaces, hidden } as Server} />
      </ChartGroupContext>
    </QueryClientProvider>,
  );
}

describe("NetworkWidget", () => {
  it("says that there is none", () => {
    show([]);
    expect(screen.getByText("No network interface")).toBeTruthy();
  });

  it("says a link's state, its kind and speed, and its transfer", async () => {
    show([nic("eth0", { kind: "physical", speed_bits_per_second: 2_500_000_000 })]);
    expect(screen.getByText("up")).toBeTruthy();
    expect(
      screen.getByText(/physical · 2.5.Gbit\/s · 1.KiB in, 2.KiB out since boot/),
    ).toBeTruthy();
    expect((await screen.findAllByText(/^1.Mbit\/s$/)).length).toBeGreaterThan(0);
  });

  it("opens the busiest one, and keeps what container tools made in a closed group", async () => {
    show([nic("veth1"), nic("eth0", { rx_bytes: 10_000 }), nic("veth2"), nic("wlan0")]);
    const open = (name: string) =>
      screen.getByRole("button", { name }).getAttribute("aria-expanded");
    expect(open("Transfer of eth0")).toBe("true");
    expect(open("Transfer of wlan0")).toBe("false");
    expect(screen.queryByRole("button", { name: "Transfer of veth1" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Virtual interfaces (2)" }));
    expect(open("Transfer of veth1")).toBe("false");
  });

  it("counts errors and drops per minute where there are any", async () => {
    show([nic("eth0")], { rx_errors: [0, 0.1], rx_dropped: [0, 2], tx_dropped: [0, 1] });
    expect(await screen.findByText("3 errors/min")).toBeTruthy();
    expect(screen.getByText("90 drops/min")).toBeTruthy();
  });

  it("keeps an interface that went within a day, and says that it is gone", async () => {
    show([nic("wlan0")], { is_up: [1, 1] });
    expect(await screen.findByText("gone")).toBeTruthy();
    const row = screen.getByRole("button", { name: "Transfer of eth0" });
    await userEvent.click(row);
    expect(screen.getAllByRole("columnheader", { name: "Link" })).toHaveLength(1);
  });

  it("takes no interface that is hidden for gone", async () => {
    show([nic("wlan0")], { is_up: [1, 1] }, { network_interface: ["ifb0"] });
    expect(await screen.findAllByText("gone")).toHaveLength(1);
    expect(screen.queryByText("ifb0")).toBeNull();
  });
});
