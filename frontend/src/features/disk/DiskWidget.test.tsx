import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Disk, Server } from "@/api/servers";
import { DiskWidget } from "./DiskWidget";
import { diskWidgets } from "./widgets";

const disk = (name: string, read_bytes: number, written_bytes: number): Disk => ({
  name,
  read_bytes,
  written_bytes,
  reads: 1,
  writes: 1,
});

const serverWith = (disks: Disk[] | null) => ({ id: "nas", disks }) as Server;

const show = (disks: Disk[]) => render(<DiskWidget server={serverWith(disks)} />);

describe("DiskWidget", () => {
  it("puts the one that moved most first, with its totals", () => {
    show([disk("sda", 1024, 0), disk("sdb", 2048, 4096)]);
    const names = screen.getAllByText(/^sd/).map((element) => element.textContent);
    expect(names).toEqual(["sdb", "sda"]);
    expect(screen.getByText(/^2.*KiB read, 4.*KiB written since boot/)).toBeDefined();
  });

  it("puts what is made of disks behind them", () => {
    show([
      { ...disk("pve-root", 4096, 4096), kind: "lvm", size_bytes: 2048 },
      { ...disk("sda", 1, 1), kind: "disk", model: "WDC WD40EFRX-68N" },
    ]);
    const names = screen.getAllByRole("button").map((row) => row.getAttribute("aria-label"));
    expect(names).toEqual(["Transfer of sda", "Transfer of pve-root"]);
    expect(screen.getByText(/WDC WD40EFRX-68N, 1.B read/)).toBeDefined();
    expect(screen.getByText(/logical volume/)).toBeDefined();
  });

  it("says that there is none", () => {
    show([]);
    expect(screen.getByText("No disk")).toBeDefined();
  });
});

describe("diskWidgets", () => {
  it("stand only where a host has disks", () => {
    const isThere = (server: Server) => diskWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([disk("sda", 1, 1)]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
