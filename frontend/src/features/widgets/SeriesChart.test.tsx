import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { type ChartGroup, ChartGroupContext, Crosshair } from "@/components/chart/group";
import { serve } from "../../../tooling/test-server";
import { SeriesChart } from "./SeriesChart";

const window = { from: 1_700_000_000, to: 1_700_003_600 };
const at = (second: number) => new Date((window.from + second) * 1000).toISOString();

/** The chart as a table: numbers can be read there, pixels can't. */
const group: ChartGroup = {
  window,
  crosshair: new Crosshair(),
  marks: [],
  tables: true,
  onZoom: vi.fn(),
  onReset: vi.fn(),
};

function show(answer: object | number | null) {
  serve({ "/api/v1/series": answer });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <ChartGroupContext value={group}>
        <SeriesChart
          name="CPU"
          request={{ server: "nas", family: "host", fields: ["cpu_percent"] }}
          lines={[{ field: "cpu_percent", label: "All", color: "red" }]}
          unit="percent"
        />
      </ChartGroupContext>
    </QueryClientProvider>,
  );
}

const answerWith = (timestamps: string[], cpu_percent: (number | null)[]) => ({
  series: [{ server_id: "nas", key: "", timestamps, columns: { cpu_percent } }],
});

describe("SeriesChart", () => {
  it("holds its place while the history is on its way", () => {
    show(null);
    expect(screen.getByText("Loading…")).toBeTruthy();
  });

  it("says that there was no data in the time on show", async () => {
    show({ series: [] });
    expect(await screen.findByText("No data in this time")).toBeTruthy();
  });

  it("names the cause of a failure and offers another try", async () => {
    show(500);
    expect((await screen.findByRole("alert")).textContent).toContain("No answer for");
    expect(screen.getByRole("button", { name: "Retry" })).toBeTruthy();
  });

  it("writes values in the field's unit, newest first, and nothing for a gap", async () => {
    show(answerWith([at(0), at(10), at(20)], [12, null, 34]));
    const table = await screen.findByRole("table", { name: "CPU" });
    const cells = [...table.querySelectorAll("td")].map((cell) => cell.textContent);
    expect(cells.map((text) => text?.replaceAll("\u202f", " "))).toEqual(["34 %", "–", "12 %"]);
  });

  it("says where data starts if that is well within the time on show", async () => {
    show(answerWith([at(1800), at(1810)], [1, 2]));
    expect(await screen.findByText(/^data starts/)).toBeTruthy();
  });
});
