import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Container, Server } from "@/api/servers";
import { ContainerWidget } from "./ContainerWidget";
import { containerWidgets } from "./widgets";

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: `${name}:1`,
  runtime: "docker",
  state: "running",
  ...more,
});

const serverWith = (containers: Container[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", containers, problems }) as Server;

describe("ContainerWidget", () => {
  it("puts those in trouble first, then the busiest, then those that do not run", () => {
    const containers = [
      container("stopped", { state: "exited" }),
      container("calm", { cpu_percent: 1 }),
      container("busy", { cpu_percent: 20 }),
      container("sick", { health: "unhealthy" }),
    ];
    const problem = { family: "container", key: "sick", severity: "warning" } as const;
    render(<ContainerWidget server={serverWith(containers, [problem])} />);
    const names = screen.getAllByRole("button").map((row) => row.getAttribute("aria-label"));
    expect(names).toEqual(["Use of sick", "Use of busy", "Use of calm", "Use of stopped"]);
    expect(screen.getByText("unhealthy").className).toContain("text-warning");
    expect(screen.getByText("exited").className).toContain("text-idle");
  });

  it("says what it holds of how much", () => {
    const row = container("db", { memory_bytes: 1024, memory_limit_bytes: 4096, project: "app" });
    render(<ContainerWidget server={serverWith([row])} />);
    expect(screen.getByText(/1.KiB of 4.KiB, app, db:1/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<ContainerWidget server={serverWith([])} />);
    expect(screen.getByText("No container")).toBeDefined();
  });
});

describe("containerWidgets", () => {
  it("stand only where a host has containers", () => {
    const isThere = (server: Server) => containerWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([container("a")]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
