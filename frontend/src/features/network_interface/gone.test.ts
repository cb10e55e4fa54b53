import { expect, it } from "vitest";
import type { NetworkInterface } from "@/api/servers";
import { goneFrom } from "./gone";

const hours = (is_up: (number | null)[]) => ({ timestamps: [0, 3600, 7200], columns: { is_up } });

it("is what was reported in the last hours and is not now, the latest first", () => {
  const found = goneFrom(
    new Map([
      ["eth0", hours([1, 1, 1])],
      ["usb0", hours([1, 0, null])],
      ["wg0", hours([1, 1, 1])],
      ["ppp0", hours([null, null, null])],
      ["(ephemeral)", hours([0, 0, 0])],
    ]),
    [{ name: "eth0" } as NetworkInterface],
  );
  expect(found).toEqual([
    { name: "wg0", until: 10_800 },
    { name: "usb0", until: 7200 },
  ]);
});
