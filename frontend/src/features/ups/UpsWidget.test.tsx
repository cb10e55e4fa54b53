import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Server, Ups } from "@/api/servers";
import { UpsWidget } from "./UpsWidget";
import { upsWidgets } from "./widgets";

const row: Ups = {
  name: "eaton",
  state: "on_battery",
  model: "Eaton Ellipse",
  charge_percent: 87,
  runtime_seconds: 1632,
  load_percent: 23,
  power_watts: 92.4,
};

const serverWith = (upses: Ups[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", upses, problems }) as Server;

describe("UpsWidget", () => {
  it("says that it runs on its battery, and for how long it will", () => {
    const problem = { family: "ups", key: "eaton", severity: "warning" } as const;
    render(<UpsWidget server={serverWith([row], [problem])} />);
    expect(screen.getByText("on battery").className).toContain("text-warning");
    expect(screen.getByText(/Eaton Ellipse, lasts 27.min, load 23.%, 92 W/)).toBeDefined();
  });

  it("says that the battery is worn out", () => {
    render(<UpsWidget server={serverWith([{ ...row, state: "online", replace_battery: true }])} />);
    expect(screen.getByText("replace battery")).toBeDefined();
  });

  it("says that there is none", () => {
    render(<UpsWidget server={serverWith([])} />);
    expect(screen.getByText("No power supply")).toBeDefined();
  });
});

describe("upsWidgets", () => {
  it("stand only where there is one", () => {
    const isThere = (server: Server) => upsWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([row]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
