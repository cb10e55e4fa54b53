import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Server, SoftwareUpdate } from "@/api/servers";
import { SoftwareUpdateWidget } from "./SoftwareUpdateWidget";
import { softwareUpdateWidgets } from "./widgets";

const serverWith = (software_updates: SoftwareUpdate[] | null) =>
  ({ id: "nas", software_updates }) as Server;

describe("SoftwareUpdateWidget", () => {
  it.each([
    [{ manager: "apt", waiting: 12, security: 3 }, "12 updates, 3 for security"],
    [{ manager: "apk", waiting: 1 }, "1 update"],
    [{ manager: "apt", waiting: 0, security: 0 }, "Up to date"],
  ])("says what waits", (update, words) => {
    render(<SoftwareUpdateWidget server={serverWith([update])} />);
    expect(screen.getByText(words)).toBeDefined();
    expect(screen.queryByText("reboot due")).toBeNull();
  });

  it("says that a reboot is due", () => {
    const update = { manager: "apt", waiting: 0, reboot_due: true };
    render(<SoftwareUpdateWidget server={serverWith([update])} />);
    expect(screen.getByText("reboot due")).toBeDefined();
  });
});

describe("softwareUpdateWidgets", () => {
  it("stand only where a package manager is known", () => {
    const isThere = (server: Server) => softwareUpdateWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([{ manager: "apt", waiting: 0 }]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
