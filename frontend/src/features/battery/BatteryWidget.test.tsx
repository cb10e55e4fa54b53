import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Battery, Server } from "@/api/servers";
import { BatteryWidget } from "./BatteryWidget";
import { batteryWidgets } from "./widgets";

const row: Battery = {
  name: "BAT0",
  state: "discharging",
  percent: 8,
  remaining_seconds: 1800,
  health_percent: 80,
  cycles: 212,
};

const serverWith = (batteries: Battery[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", batteries, problems }) as Server;

describe("BatteryWidget", () => {
  it("says how full it is, for how long, and how worn", () => {
    const problem = { family: "battery", key: "BAT0", severity: "warning" } as const;
    render(<BatteryWidget server={serverWith([row], [problem])} />);
    expect(screen.getByText(/discharging, 30.min left, holds 80.% .*, 212 cycles/)).toBeDefined();
    expect(screen.getByRole("meter").firstElementChild?.className).toContain("bg-warning");
  });

  it("says that there is none", () => {
    render(<BatteryWidget server={serverWith([])} />);
    expect(screen.getByText("No battery")).toBeDefined();
  });
});

describe("batteryWidgets", () => {
  it("stand only where there is one", () => {
    const isThere = (server: Server) => batteryWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([row]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
