import { describe, expect, it } from "vitest";
import type { Filesystem } from "@/api/servers";
import { inodeShare, toneOf, worstFirst } from "./order";

const filesystem = (
  mount_point: string,
  percent: number,
  more: Partial<Filesystem> = {},
): Filesystem => ({
  mount_point,
  percent,
  device: "/dev/sda1",
  fs_type: "ext4",
  total_bytes: 100,
  used_bytes: percent,
  available_bytes: 100 - percent,
  state: "ok",
  ...more,
});

describe("worstFirst", () => {
  it("puts what does not answer before what is full", () => {
    const order = worstFirst([
      filesystem("/", 40),
      filesystem("/tank", 97),
      filesystem("/gone", 1, { state: "missing" }),
      filesystem("/also", 40),
    ]);
    expect(order.map((one) => one.mount_point)).toEqual(["/gone", "/tank", "/", "/also"]);
  });
});

describe("toneOf", () => {
  it.each([
    [50, "ok"],
    [90, "warning"],
    [98, "critical"],
  ] as const)("%d %%", (percent, tone) => {
    expect(toneOf(filesystem("/", percent))).toBe(tone);
  });

  it("never colours old numbers, nor a disc that was written once", () => {
    expect(toneOf(filesystem("/", 99, { state: "stale" }))).toBe("idle");
    expect(toneOf(filesystem("/cdrom", 100, { read_only: true }))).toBe("idle");
  });
});

describe("inodeShare", () => {
  it("is silent below 70 % and where there are none to count", () => {
    expect(inodeShare(filesystem("/", 1, { inodes_total: 100, inodes_used: 70 }))).toBeNull();
    expect(inodeShare(filesystem("/", 1, { inodes_total: 0, inodes_used: 0 }))).toBeNull();
    expect(inodeShare(filesystem("/", 1))).toBeNull();
    expect(inodeShare(filesystem("/", 1, { inodes_total: 100, inodes_used: 71 }))).toBe(71);
  });
});
