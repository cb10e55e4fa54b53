import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { serve } from "../../../tooling/test-server";
import { History } from "./History";

const GIBIBYTE = 2 ** 30;
const setting = (name: string, value: number) => ({
  name,
  value,
  default: value,
  source: "default",
  variable: "",
  fixed: null as string | null,
  changed_at: null,
  changed_by: null,
});
const tier = (name: string, value: number) => ({
  ...setting(`retention_${name}_days`, value),
  tier: name,
  kept_days: value || null,
  since: null,
  size_bytes: GIBIBYTE,
  per_day_bytes: GIBIBYTE / 10,
  steady_bytes: null,
});
const settings = {
  retention: [
    tier("raw", 30),
    { ...tier("minute", 90), fixed: "HOMELAB_CMD_X sets it where the server is started." },
    tier("hour", 0),
    tier("day", 0),
  ],
  max_size: setting("max_size", 0),
  limited: null as string | null,
  database_bytes: 4 * GIBIBYTE,
  disk_free_bytes: 100 * GIBIBYTE,
  growth_per_day_bytes: null as number | null,
  disk_full_in_days: 400,
};

function show(answer: object | number | null, scope = "admin") {
  serve({
    "/api/v1/auth/me": { kind: "user", name: "anna", scope },
    "/api/v1/settings": answer,
  });
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
    >
      <History />
    </QueryClientProvider>,
  );
}

describe("History", () => {
  it("tells the sizes, and what is not known yet", async () => {
    show(settings);
    expect(await screen.findByText(/^4.GiB$/)).toBeTruthy();
    expect(screen.getByText("in 13 months")).toBeTruthy();
    expect(screen.getByText("known after a day of history")).toBeTruthy();
  });

  it("works out what a tier costs in the end as its days are typed, and warns of losses", async () => {
    show(settings);
    const raw = await screen.findByLabelText("Every sample");
    expect(screen.getByText(/^3.GiB in the end$/)).toBeTruthy();
    await userEvent.clear(raw);
    await userEvent.type(raw, "10");
    expect(screen.getByText(/^1.GiB in the end$/)).toBeTruthy();
    expect(screen.getByText(/deletes every sample older than 10 days, for good/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/^Saved/)).toBeTruthy();
  });

  it("shows what the environment sets, and that it can't be changed here", async () => {
    show(settings);
    expect((await screen.findByLabelText<HTMLInputElement>("Minutes")).disabled).toBe(true);
    expect(screen.getByText(/HOMELAB_CMD_X sets it/)).toBeTruthy();
  });

  it("lets viewers look", async () => {
    show({ ...settings, limited: "Because of max_size samples go back to 2026-11-02." }, "read");
    expect((await screen.findByLabelText<HTMLInputElement>("Hours")).disabled).toBe(true);
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
    expect(screen.getByRole("alert").textContent).toContain("samples go back to 2026-11-02");
  });

  it("says why there is nothing to see", async () => {
    show(500);
    expect(await screen.findByRole("button", { name: "Retry" })).toBeTruthy();
  });
});
