import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { serve } from "../../../tooling/test-server";
import { Storage } from "./Storage";

const kept = (tier: string, kept_days: number | null, since: string | null, limited = false) => ({
  tier,
  kept_days,
  since,
  limited,
});
const state = {
  database_bytes: 1_900_000_000,
  free_bytes: 100_000_000,
  max_size_bytes: null,
  tiers: [kept("raw", 30, null), kept("minute", 90, null), kept("hour", null, null)],
  limited: null,
  last_done_at: null,
  backups: null,
  problems: [],
};

function show(answer: object | number) {
  serve({ "/api/v1/system/housekeeping": answer });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Storage />
    </QueryClientProvider>,
  );
}

describe("Storage", () => {
  it("says how much there is and that nothing is backed up", async () => {
    show(state);
    expect(await screen.findByText(/1.77 GiB, 95.4 MiB of it free/)).toBeTruthy();
    expect(screen.getByText("Every sample").closest("tr")?.textContent).toMatch(
      /30 days.*beginning/,
    );
    expect(screen.getByText(/None are scheduled/)).toBeTruthy();
  });

  it("says what the bound on the size means", async () => {
    show({
      ...state,
      max_size_bytes: 2_000_000_000,
      tiers: [kept("raw", 30, "2026-11-09T00:00:00+00:00", true)],
      limited: "Because of HOMELAB_CMD_MAX_SIZE samples go back to 2026-11-09; older is coarser.",
    });
    expect(await screen.findByText(/samples go back to 2026-11-09/)).toBeTruthy();
    expect(screen.getByText("cut by the bound")).toBeTruthy();
  });

  it("says when the last backup was made, and why one failed", async () => {
    const problem = "There is no folder /mnt/backup for backups; make it, or mount it.";
    show({
      ...state,
      backups: {
        folder: "/mnt/backup",
        every_seconds: 86_400,
        keep: 7,
        last_at: new Date(Date.now() - 3_600_000).toISOString(),
        last_bytes: 1_000_000,
        problem,
      },
      problems: [problem],
    });
    expect((await screen.findByRole("alert")).textContent).toContain(problem);
    expect(screen.getByText(/The last:/).textContent).toMatch(/97\d.*KiB/);
  });

  it("says that the server does not answer", async () => {
    show(503);
    expect(await screen.findByRole("alert")).toBeTruthy();
  });
});
