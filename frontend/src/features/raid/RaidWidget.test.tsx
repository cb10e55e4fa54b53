import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Raid, Server } from "@/api/servers";
import { RaidWidget } from "./RaidWidget";
import { raidWidgets } from "./widgets";

const pool: Raid = {
  name: "tank",
  kind: "zfs",
  state: "ok",
  devices: 4,
  devices_missing: 0,
  errors: 0,
  total_bytes: 4096,
  used_bytes: 1024,
};

const serverWith = (raids: Raid[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", raids, problems }) as Server;

describe("RaidWidget", () => {
  it("says what a healthy pool is and how full", () => {
    render(<RaidWidget server={serverWith([pool])} />);
    expect(screen.getByText(/zfs, 4 devices, 1.KiB of 4.KiB/)).toBeDefined();
    expect(screen.getByRole("meter", { name: "tank" }).getAttribute("aria-valuenow")).toBe("25");
    expect(screen.queryByText("degraded")).toBeNull();
  });

  it("says what is wrong and what is done about it", () => {
    const sick: Raid = {
      ...pool,
      state: "degraded",
      devices_missing: 1,
      errors: 3,
      activity: "resilver",
      progress_percent: 21.5,
    };
    const problem = { family: "raid", key: "tank", severity: "warning" } as const;
    render(<RaidWidget server={serverWith([sick], [problem])} />);
    expect(screen.getByText("degraded")).toBeDefined();
    expect(screen.getByText(/1 of 4 devices missing.*3 errors, resilver 22.%/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<RaidWidget server={serverWith([])} />);
    expect(screen.getByText("No array or pool")).toBeDefined();
  });
});

describe("raidWidgets", () => {
  it("stand only where a host has arrays or pools", () => {
    const isThere = (server: Server) => raidWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([pool]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
