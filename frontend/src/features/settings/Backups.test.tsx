import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { serve } from "../../../tooling/test-server";
import { Backups } from "./Backups";

const state = {
  database_bytes: 1_900_000_000,
  free_bytes: 100_000_000,
  max_size_bytes: null,
  tiers: [],
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
      <Backups />
    </QueryClientProvider>,
  );
}

describe("Backups", () => {
  it("says that nothing is backed up", async () => {
    show(state);
    expect(await screen.findByText(/None are scheduled/)).toBeTruthy();
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
