import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Process, Server } from "@/api/servers";
import { ProcessWidget } from "./ProcessWidget";
import { processWidgets } from "./widgets";

const serverWith = (top_processes: Process[] | null) => ({ id: "nas", top_processes }) as Server;

describe("ProcessWidget", () => {
  it("says what each took and how many there are of it", () => {
    render(
      <ProcessWidget
        server={serverWith([
          { name: "nginx", processes: 5, cpu_percent: 3.25, memory_bytes: 2048 },
          { name: "sshd", processes: 1, cpu_percent: null, memory_bytes: 1024 },
        ])}
      />,
    );
    expect(screen.getByText(/2.KiB, 5 processes/)).toBeDefined();
    expect(screen.getByText(/^1.KiB$/)).toBeDefined();
    expect(screen.getByText(/3.3.%/)).toBeDefined();
  });

  it("says that there is none", () => {
    render(<ProcessWidget server={serverWith([])} />);
    expect(screen.getByText("No program")).toBeDefined();
  });
});

describe("processWidgets", () => {
  it("stand only where they were asked for", () => {
    const isThere = (server: Server) => processWidgets.every((one) => one.isThere(server));
    expect(isThere(serverWith([{ name: "a", processes: 1 }]))).toBe(true);
    expect(isThere(serverWith([]))).toBe(false);
    expect(isThere(serverWith(null))).toBe(false);
  });
});
