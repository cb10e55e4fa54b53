import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Server, SystemdUnit } from "@/api/servers";
import { SystemdUnitWidget } from "./SystemdUnitWidget";
import { systemdUnitWidgets } from "./widgets";

const serverWith = (systemd_units: SystemdUnit[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", systemd_units, problems }) as Server;

describe("SystemdUnitWidget", () => {
  it("puts the failed ones first", () => {
    const units: SystemdUnit[] = [
      { name: "nginx.service", state: "active", restarts: 2, memory_bytes: 1024 },
      { name: "certbot.service", state: "failed", substate: "failed" },
    ];
    const problem = {
      family: "systemd_unit",
      key: "certbot.service",
      severity: "warning",
    } as const;
    render(<SystemdUnitWidget server={serverWith(units, [problem])} />);
    const names = screen.getAllByRole("button").map((row) => row.getAttribute("aria-label"));
    expect(names).toEqual(["Use of certbot.service", "Use of nginx.service"]);
    expect(screen.getByText("failed").className).toContain("text-warning");
    expect(screen.getByText(/1.KiB, 2 restarts/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<SystemdUnitWidget server={serverWith([])} />);
    expect(screen.getByText("No failed or watched unit")).toBeDefined();
  });
});

describe("systemdUnitWidgets", () => {
  it("stand only where a host has such units", () => {
    const isThere = (server: Server) => systemdUnitWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([{ name: "a.service", state: "failed" }]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
