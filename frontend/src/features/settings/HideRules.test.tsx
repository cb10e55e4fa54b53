import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { serve } from "../../../tooling/test-server";
import { HideRules } from "./HideRules";

const RULES = "/api/v1/settings/hide-rules";
const rule = {
  id: 1,
  family: "network_interface",
  pattern: "veth*",
  server_id: null,
  hides: 23,
  created_at: "2026-01-01T00:00:00Z",
  created_by: "user:anna",
};
const series = Array.from({ length: 14 }, (_, number) => ({
  server_id: "nas",
  key: `/snap/${number}`,
  hidden_already: number === 0,
}));

function show(answers: Record<string, object | number | null>, scope = "admin") {
  serve({
    "/api/v1/auth/me": { kind: "user", name: "anna", scope },
    "/api/v1/catalogue": {
      families: [
        { name: "host", key: null, fields: [] },
        { name: "filesystem", key: "mount_point", fields: [] },
        { name: "network_interface", key: "name", fields: [] },
      ],
    },
    "/api/v1/servers": { servers: [{ id: "nas" }], total: 1 },
    ...answers,
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <HideRules />
    </QueryClientProvider>,
  );
}

describe("HideRules", () => {
  it("lists what is hidden, and how much that is now", async () => {
    show({ [RULES]: { rules: [rule] } });
    const row = (await screen.findByText("veth*")).closest("tr");
    expect(row?.textContent).toMatch(/Network interface.*all hosts.*23/);
    expect(screen.getByRole("button", { name: "Show again what veth* hides" })).toBeTruthy();
  });

  it("shows viewers the rules and no way to change them", async () => {
    show({ [RULES]: { rules: [rule] } }, "read");
    expect(await screen.findByText("veth*")).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("says what a rule would hide while it is typed", async () => {
    show({ [RULES]: { rules: [] }, [`${RULES}/preview`]: { matched: 14, total: 48, series } });
    expect(await screen.findByText("Nothing is hidden")).toBeTruthy();
    await waitFor(() => expect(screen.getByLabelText("Kind").textContent).not.toBe(""));
    expect(screen.queryByText("Host")).toBeNull(); // it has one series: nothing to choose from
    await userEvent.type(await screen.findByLabelText("Name matches"), "/snap/*");
    expect(await screen.findByText("Hides 14 of 48:")).toBeTruthy();
    expect(screen.getByText(/hidden already/)).toBeTruthy();
    expect(screen.getByText("and 2 more")).toBeTruthy();
  });

  it("says that a pattern hides nothing, and why a rule is refused", async () => {
    show({ [RULES]: 409, [`${RULES}/preview`]: { matched: 0, total: 48, series: [] } });
    await userEvent.type(await screen.findByLabelText("Name matches"), "x");
    expect(await screen.findByText("Hides none of the 48 there are now.")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Hide" }));
    await waitFor(() => expect(screen.getAllByRole("alert").length).toBeGreaterThan(1));
  });
});
