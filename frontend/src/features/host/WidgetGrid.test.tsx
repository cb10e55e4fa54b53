import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Placement } from "@/api/layouts";
import type { Server } from "@/api/servers";
import { type ChartGroup, ChartGroupContext, Crosshair } from "@/components/chart/group";
import { WidgetGrid } from "./WidgetGrid";

const server = { id: "nas", latest_metrics: {}, filesystems: null, network_interfaces: null };
const group: ChartGroup = {
  window: { from: 1_700_000_000, to: 1_700_000_600 },
  crosshair: new Crosshair(),
  marks: [],
  tables: true,
  onZoom: vi.fn(),
  onReset: vi.fn(),
};

/** A server that keeps one layout; with a `fault` it refuses to read or to write it. */
function keepLayout(widgets: Placement[], fault: { method?: string } = {}) {
  const saved: Placement[][] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (!request.url.includes("/layouts/")) return Response.json({ series: [] });
    if (request.method === fault.method) {
      const detail = { code: "DISK_FULL", message: "The disk is full." };
      return Response.json({ detail }, { status: 507 });
    }
    if (request.method === "PUT") saved.push((await request.json()).widgets);
    if (request.method === "DELETE") {
      saved.push([]);
      return new Response(null, { status: 204 });
    }
    return Response.json({ id: "host:nas", widgets, updated_at: null });
  });
  return saved;
}

function Page() {
  const [arranging, setArranging] = useState(true);
  return (
    <ChartGroupContext value={group}>
      <WidgetGrid
        server={server as unknown as Server}
        arranging={arranging}
        onArranging={setArranging}
      />
    </ChartGroupContext>
  );
}

const show = () =>
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
    >
      <Page />
    </QueryClientProvider>,
  );

const titles = () => screen.getAllByRole("heading", { level: 2 }).map((one) => one.textContent);
const placement = (id: string, hidden = false): Placement => ({ id, width: null, hidden });

describe("WidgetGrid", () => {
  it("moves a widget by the arrow keys, says so and saves it", async () => {
    const saved = keepLayout([]);
    show();
    const handle = await screen.findByRole("button", { name: "Move CPU" });
    expect(titles()).toEqual(["CPU", "Load", "Memory"]);
    handle.focus();
    await userEvent.keyboard("{ArrowDown}");
    expect(titles()).toEqual(["Load", "CPU", "Memory"]);
    expect(screen.getByRole("status").textContent).toBe("CPU: place 2 of 3.");
    await userEvent.keyboard("{End}");
    expect(titles()).toEqual(["Load", "Memory", "CPU"]);
    const ids = () => saved.at(-1)?.map(({ id }) => id);
    await waitFor(() => expect(ids()?.slice(0, 3)).toEqual(["load", "memory", "cpu"]));
  });

  it("hides a widget, offers it again, and says where all are hidden", async () => {
    keepLayout([placement("cpu", true), placement("load", true)]);
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Hide Memory" }));
    await userEvent.click(screen.getByRole("button", { name: "Done" }));
    expect(screen.getByText("All widgets are hidden")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Arrange them" }));
    const bar = within(screen.getByRole("region", { name: "Arrange the widgets" }));
    await userEvent.click(bar.getByRole("button", { name: "Show Load" }));
    expect(titles()).toEqual(["Load"]);
  });

  it("keeps what was arranged on show and says that it is not saved", async () => {
    keepLayout([], { method: "PUT" });
    show();
    await userEvent.selectOptions(await screen.findByLabelText("Width of CPU"), "Whole row");
    expect((await screen.findByRole("alert")).textContent).toContain(
      "is not saved: The disk is full.",
    );
    expect(screen.getByLabelText<HTMLSelectElement>("Width of CPU").value).toBe("full");
    keepLayout([]);
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });

  it("lets nothing be arranged over a layout that could not be read", async () => {
    keepLayout([], { method: "GET" });
    show();
    expect((await screen.findByRole("alert")).textContent).toContain("could not be read");
    expect(titles()).toEqual(["CPU", "Load", "Memory"]);
    expect(screen.queryByRole("button", { name: "Move CPU" })).toBeNull();
  });

  it("goes back to its own order", async () => {
    const saved = keepLayout([placement("memory"), placement("cpu", true)]);
    show();
    await screen.findByRole("button", { name: "Move Memory" });
    expect(titles()).toEqual(["Memory", "Load"]);
    await userEvent.click(screen.getByRole("button", { name: "Reset" }));
    await waitFor(() => expect(titles()).toEqual(["CPU", "Load", "Memory"]));
    await waitFor(() => expect(saved).toEqual([[]]));
  });
});
