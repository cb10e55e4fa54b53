import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { serve } from "../../../tooling/test-server";
import { Netdata } from "./Netdata";

const STATE = "/api/v1/server/netdata";
const METRICS = "/api/v1/server/metrics";
const answers = { [STATE]: { expected: true, problem: null } };

const metric = (name: string, unit: string, current: number | null, values: (number | null)[]) => ({
  name,
  unit,
  current,
  points: values.map((value, index) => ({ timestamp: 1_795_217_100 + index * 5, value })),
});

const metrics = {
  cpu: metric("cpu", "%", 9.6, [8, null, 12]),
  ram: metric("ram", "%", 13.9, [null, null]),
  disk: metric("disk", "KiB/s", 151.2, [0, 2048]),
  network_in: metric("network_in", "kilobits/s", 30.9, [10, 40]),
  network_out: null,
};

function show(served: Parameters<typeof serve>[0], onRange = vi.fn()) {
  serve(served);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Netdata range="5m" onRange={onRange} />
    </QueryClientProvider>,
  );
  return client;
}

const plain = (element: Element | null) => element?.textContent?.replaceAll("\u202f", " ");

describe("Netdata", () => {
  it("shows what is current and how it moved, each in its unit", async () => {
    show({ ...answers, [METRICS]: metrics });
    expect(await screen.findByRole("heading", { name: "This server (Netdata)" })).toBeDefined();
    const cpu = await screen.findByRole("img", { name: /^CPU over the last 5 minutes/ });
    expect(cpu.getAttribute("aria-label")?.replaceAll("\u202f", " ")).toContain("8.0 % to 12 %");
    const tile = (name: string) => plain(screen.getByRole("heading", { name }).parentElement);
    expect(tile("CPU")).toContain("9.6 %");
    expect(tile("Disk")).toContain("151 KiB/s");
    expect(tile("Disk")).toContain("0 B/s to 2");
    expect(tile("Network in")).toContain("30.9 kbit/s");
  });

  it("says which metric is not collected, and which has no data yet", async () => {
    show({ ...answers, [METRICS]: metrics });
    const out = await screen.findByRole("heading", { name: "Network out" });
    expect(out.parentElement?.textContent).toContain("not collected");
    expect(screen.getByRole("img", { name: /^Memory .*: no data yet$/ })).toBeDefined();
  });

  it("lets one choose among the three ranges", async () => {
    const onRange = vi.fn();
    show({ ...answers, [METRICS]: metrics }, onRange);
    const chosen = await screen.findByRole("button", { name: "5m", pressed: true });
    expect(chosen).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "24h" }));
    expect(onRange).toHaveBeenCalledWith("24h");
  });

  it("holds its place until the first answer", async () => {
    show({ ...answers, [METRICS]: null });
    expect(await screen.findByText("Loading…")).toBeDefined();
  });

  it("says why there is no answer, and offers no ranges then", async () => {
    show({ [STATE]: { expected: true, problem: "Netdata at http://x refused the connection." } });
    expect(await screen.findByText(/refused the connection/)).toBeDefined();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("says so when it stops answering under an open page", async () => {
    show({ ...answers, [METRICS]: 503 });
    expect(await screen.findByText(/^No answer for/)).toBeDefined();
  });

  it("is not there where there never was a Netdata", async () => {
    const client = show({ [STATE]: { expected: false, problem: "refused" } });
    await vi.waitFor(() => expect(client.getQueryData(["netdata", "state"])).toBeDefined());
    expect(document.body.textContent).toBe("");
  });
});
