import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Server, Smart } from "@/api/servers";
import { SmartWidget } from "./SmartWidget";
import { smartWidgets } from "./widgets";

const drive: Smart = {
  drive: "KINGSTON SA400M8120G 1",
  device: "sda",
  state: "passed",
  power_on_seconds: 7200,
  wear_percent: 2,
  reallocated_sectors: 0,
};

const serverWith = (smarts: Smart[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", smarts, problems }) as Server;

describe("SmartWidget", () => {
  it("says how a healthy drive is, without what is nought", () => {
    render(<SmartWidget server={serverWith([drive])} />);
    expect(screen.getByText("passed").className).toContain("text-ok");
    expect(screen.getByText(/^sda, on for 2.h, 2.0.% used up$/)).toBeDefined();
    expect(screen.getByRole("meter").getAttribute("aria-valuenow")).toBe("2");
  });

  it("says what is wrong", () => {
    const sick: Smart = { ...drive, state: "failed", pending_sectors: 1, interface_errors: 4 };
    const problem = { family: "smart", key: drive.drive, severity: "critical" } as const;
    render(<SmartWidget server={serverWith([sick], [problem])} />);
    expect(screen.getByText("failed").className).toContain("text-critical");
    expect(screen.getByText(/1 sector pending, 4 errors of its cable/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<SmartWidget server={serverWith([])} />);
    expect(screen.getByText("No drive that tells")).toBeDefined();
  });
});

describe("smartWidgets", () => {
  it("stand only where drives tell", () => {
    const isThere = (server: Server) => smartWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([drive]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
