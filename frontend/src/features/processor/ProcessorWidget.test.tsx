import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Processor, Server } from "@/api/servers";
import { ProcessorWidget } from "./ProcessorWidget";
import { processorWidgets } from "./widgets";

const serverWith = (processors: Processor[] | null) => ({ id: "nas", processors }) as Server;

describe("ProcessorWidget", () => {
  it("shows each processor with its use", () => {
    render(
      <ProcessorWidget
        server={serverWith([
          { name: "0", percent: 12.4 },
          { name: "1", percent: 97 },
        ])}
      />,
    );
    const meters = screen.getAllByRole("meter");
    expect(meters.map((meter) => meter.getAttribute("aria-label"))).toEqual([
      "Processor 0",
      "Processor 1",
    ]);
    expect(meters[1]?.getAttribute("aria-valuenow")).toBe("97");
  });

  it("says that there is none", () => {
    render(<ProcessorWidget server={serverWith([])} />);
    expect(screen.getByText("No processor")).toBeDefined();
  });
});

describe("processorWidgets", () => {
  it("stand only where there is more than one", () => {
    const isThere = (server: Server) => processorWidgets.every((widget) => widget.isThere(server));
    const one = (name: string) => ({ name, percent: 1 });
    expect(isThere(serverWith([one("0"), one("1")]))).toBe(true);
    expect(isThere(serverWith([one("0")]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
