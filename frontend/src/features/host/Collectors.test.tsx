import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Server } from "@/api/servers";
import { Collectors } from "./Collectors";

const show = (collectors: Server["collectors"]) =>
  render(<Collectors server={{ collectors } as Server} />);
const well = { ok: true, duration_seconds: 0.0021, error: null };

describe("Collectors", () => {
  it("says nothing of an agent that tells nothing", () => {
    show({});
    expect(screen.queryByText("Agent")).toBeNull();
  });

  it("counts those that are well, and names each on demand", async () => {
    show({ host: well, filesystem: { ...well, duration_seconds: 0.05 } });
    expect(screen.getByText(/2 of 2 collectors well, 52.1 ms a cycle/)).toBeTruthy();
    expect(screen.queryByRole("table")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "The agent's collectors" }));
    expect(screen.getAllByRole("row")[1]?.textContent).toBe("filesystemwell50 ms");
  });

  it("opens by itself where one failed, with its error", () => {
    show({ host: well, temperature: { ok: false, duration_seconds: 0, error: "no hwmon" } });
    expect(screen.getByText("temperature failed")).toBeTruthy();
    expect(screen.getByText("no hwmon")).toBeTruthy();
  });
});
