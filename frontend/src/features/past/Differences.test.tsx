import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { serve } from "../../../tooling/test-server";
import { Differences } from "./Differences";

const CHANGES = [
  { family: "filesystem", key: "/tank", field: "used_bytes", from: 1024, to: 4096, relative: 0.75 },
  { family: "network_interface", key: "eth0", field: "is_up", from: true, to: false, relative: 1 },
];

function show(answer: object | number, one = 1000, other: number | "now" = "now") {
  serve({
    "/api/v1/servers/nas/compare": answer,
    "/api/v1/catalogue": {
      families: [
        { name: "filesystem", fields: [{ name: "used_bytes", kind: "gauge", unit: "bytes" }] },
      ],
    },
  });
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
    >
      <Differences serverId="nas" one={one} other={other} />
    </QueryClientProvider>,
  );
}

const comparison = (more: object) => ({ appeared: [], vanished: [], changed: [], ...more });

describe("Differences", () => {
  it("tells what came, what went, and by how much a value grew", async () => {
    show(
      comparison({
        appeared: [{ family: "filesystem", key: "/usb" }],
        vanished: [{ family: "filesystem", key: "/old" }],
        changed: CHANGES,
      }),
    );
    expect(await screen.findByText("new: /usb")).toBeTruthy();
    expect(screen.getByText("gone: /old")).toBeTruthy();
    const row = screen.getByRole("row", { name: /^\/tank/ });
    await within(row).findByText("+3 KiB");
    expect(screen.getByRole("columnheader", { name: "Now" })).toBeTruthy();
  });

  it("narrows to a family", async () => {
    show(comparison({ changed: CHANGES }));
    await userEvent.selectOptions(await screen.findByRole("combobox"), "network_interface");
    expect(screen.queryByRole("row", { name: /^\/tank/ })).toBeNull();
    expect(screen.getByRole("row", { name: /^eth0 is up true false/ })).toBeTruthy();
  });

  it("puts the earlier moment first, whichever was chosen first", async () => {
    show(comparison({ changed: CHANGES }), 90_000 * 60, 1000 * 60);
    const heads = await screen.findAllByRole("columnheader");
    const [early, late] = [1000, 90_000].map((minutes) => new Date(minutes * 60_000).getDate());
    expect(heads[1]?.textContent).toContain(String(early));
    expect(heads[2]?.textContent).toContain(String(late));
  });

  it("says that nothing differs, and why nothing could be compared", async () => {
    show(comparison({}));
    expect(await screen.findByText("Nothing differs")).toBeTruthy();
  });

  it("says why nothing could be compared", async () => {
    show(404);
    expect((await screen.findByRole("alert")).textContent).toContain("No answer");
  });
});
