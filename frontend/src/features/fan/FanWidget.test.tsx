import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Fan, Server } from "@/api/servers";
import { FanWidget } from "./FanWidget";
import { fanWidgets } from "./widgets";

const serverWith = (fans: Fan[] | null) => ({ id: "nas", fans }) as Server;

describe("FanWidget", () => {
  it("says how fast each one turns, and which stands", () => {
    render(
      <FanWidget
        server={serverWith([
          { sensor: "nct6798 CPU Fan", rpm: 1153 },
          { sensor: "nct6798 fan1", rpm: 0 },
        ])}
      />,
    );
    expect(screen.getByText(/1,153.rpm/)).toBeDefined();
    expect(screen.getByText("stands")).toBeDefined();
    expect(screen.getByRole("button", { name: "Speed of nct6798 fan1" })).toBeDefined();
  });

  it("says that there is none", () => {
    render(<FanWidget server={serverWith([])} />);
    expect(screen.getByText("No fan")).toBeDefined();
  });
});

describe("fanWidgets", () => {
  it("stand only where a host has fans", () => {
    const isThere = (server: Server) => fanWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([{ sensor: "fan1", rpm: 1 }]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
