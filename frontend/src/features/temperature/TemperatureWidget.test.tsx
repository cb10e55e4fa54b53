import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Server, Temperature } from "@/api/servers";
import { TemperatureWidget } from "./TemperatureWidget";
import { temperatureWidgets } from "./widgets";

const serverWith = (temperatures: Temperature[] | null) => ({ id: "nas", temperatures }) as Server;

const show = (temperatures: Temperature[]) =>
  render(<TemperatureWidget server={serverWith(temperatures)} />);

describe("TemperatureWidget", () => {
  it("puts the sensor nearest to its critical value first", () => {
    show([
      { sensor: "board", celsius: 60 },
      { sensor: "disk", celsius: 64, critical_celsius: 65 },
      { sensor: "core", celsius: 70, critical_celsius: 100 },
    ]);
    const names = screen.getAllByRole("meter").map((meter) => meter.getAttribute("aria-label"));
    expect(names).toEqual(["Temperature disk", "Temperature core", "Temperature board"]);
  });

  it("says the reading and what is critical", () => {
    show([{ sensor: "core", celsius: 71.4, critical_celsius: 100 }]);
    const meter = screen.getByRole("meter", { name: "Temperature core" });
    expect(meter.getAttribute("aria-valuetext")).toMatch(/71.°C, critical at 100.°C/);
    expect(meter.firstElementChild?.className).toContain("bg-series-1");
  });

  it.each([
    [100, "bg-critical"],
    [90, "bg-warning"],
    [89, "bg-series-1"],
  ])("colours %d of 100 degrees %s", (celsius, fill) => {
    show([{ sensor: "core", celsius, critical_celsius: 100 }]);
    expect(screen.getByRole("meter").firstElementChild?.className).toContain(fill);
  });

  it("never warns where the hardware names no critical value", () => {
    show([{ sensor: "core", celsius: 120 }]);
    expect(screen.getByRole("meter").firstElementChild?.className).toContain("bg-series-1");
  });

  it("says that there is none", () => {
    show([]);
    expect(screen.getByText("No sensor")).toBeDefined();
  });
});

describe("temperatureWidgets", () => {
  it("stand only where a host has sensors", () => {
    const isThere = (server: Server) => temperatureWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([{ sensor: "core", celsius: 40 }]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
