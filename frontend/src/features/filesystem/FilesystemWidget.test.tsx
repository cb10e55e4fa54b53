import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Filesystem, Server } from "@/api/servers";
import { serve } from "../../../tooling/test-server";
import { FilesystemWidget } from "./FilesystemWidget";

const filesystem = (mount_point: string, percent: number, more: Partial<Filesystem> = {}) => ({
  mount_point,
  device: "/dev/sda1",
  fs_type: "ext4",
  total_bytes: 2 ** 40,
  used_bytes: (2 ** 40 * percent) / 100,
  available_bytes: (2 ** 40 * (100 - percent)) / 100,
  percent,
  ...more,
});

function show(filesystems: Filesystem[]) {
  serve({
    "/api/v1/series": { series: [] },
    "/api/v1/servers/nas/forecast": {
      filesystems: [{ mount_point: "/tank", state: "steady", bytes_per_day: 0, full_at: null }],
    },
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <FilesystemWidget server={{ id: "nas", filesystems } as Server} />
    </QueryClientProvider>,
  );
}

const meters = () => screen.getAllByRole("meter").map((one) => one.getAttribute("aria-label"));

describe("FilesystemWidget", () => {
  it("says that there is none", () => {
    show([]);
    expect(screen.getByText("No filesystem")).toBeTruthy();
  });

  it("says how full each is and where it is heading, worst first", async () => {
    show([filesystem("/", 20), filesystem("/tank", 93)]);
    expect(meters()).toEqual(["Filesystem /tank", "Filesystem /"]);
    expect(screen.getByText("93 %")).toBeTruthy();
    expect(await screen.findByText("steady")).toBeTruthy();
  });

  it.each([
    [{ state: "stale" }, "not answering"],
    [{ state: "missing" }, "missing"],
    [{ read_only: true }, "read-only"],
    [{ inodes_total: 100, inodes_used: 90 }, "inodes 90 %"],
  ] as const)("puts a badge on %j", (more, badge) => {
    show([filesystem("/odd", 50, more)]);
    expect(screen.getByText(badge)).toBeTruthy();
  });

  it("shows the ten worst of many, and all with a filter if asked", async () => {
    show(Array.from({ length: 34 }, (_, index) => filesystem(`/m${index}`, index)));
    expect(meters()).toHaveLength(10);
    await userEvent.click(screen.getByRole("button", { name: "Show all 34 filesystems" }));
    expect(meters()).toHaveLength(34);
    await userEvent.type(screen.getByRole("searchbox"), "/m33");
    expect(meters()).toEqual(["Filesystem /m33"]);
  });
});
