import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Gpu, Server } from "@/api/servers";
import { GpuWidget } from "./GpuWidget";
import { gpuWidgets } from "./widgets";

const row: Gpu = {
  name: "amdgpu 0000:03:00.0",
  busy_percent: 42,
  memory_used_bytes: 1024,
  memory_total_bytes: 4096,
  power_watts: 31.6,
  frequency_hertz: 500_000_000,
};

const serverWith = (gpus: Gpu[] | null, problems: Server["problems"] = []) =>
  ({ id: "nas", gpus, problems }) as Server;

describe("GpuWidget", () => {
  it("says how busy it is, and what it holds and draws", () => {
    render(<GpuWidget server={serverWith([row])} />);
    expect(screen.getByRole("meter").getAttribute("aria-valuenow")).toBe("42");
    expect(screen.getByText(/1.KiB of 4.KiB, 32 W, 500 MHz/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<GpuWidget server={serverWith([])} />);
    expect(screen.getByText("No graphics processor")).toBeDefined();
  });
});

describe("gpuWidgets", () => {
  it("stand only where there is one", () => {
    const isThere = (server: Server) => gpuWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([row]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
