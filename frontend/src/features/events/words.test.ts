import { describe, expect, it } from "vitest";
import type { HostEvent } from "@/api/past";
import { wordsFor, worthShowing } from "./words";

const event = (more: Partial<HostEvent>): HostEvent => ({
  time: "2026-03-01T12:00:00Z",
  kind: "boot",
  family: null,
  key: null,
  until: null,
  from: null,
  to: null,
  ...more,
});
const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("wordsFor", () => {
  const tank = { family: "filesystem", key: "/tank" };
  const eth0 = { family: "network_interface", key: "eth0" };
  it.each([
    [event({}), "Boot"],
    [event({ kind: "gap", until: "2026-03-01T12:08:00Z" }), "No data for 8 min"],
    [event({ kind: "vanished", ...tank }), "Filesystem /tank vanished"],
    [event({ kind: "is_up", from: true, to: false, ...eth0 }), "Interface eth0 is down"],
    [event({ kind: "read_only", from: false, to: true, ...tank }), "Filesystem /tank is read-only"],
    [
      event({ kind: "state", from: "ok", to: "stale", ...tank }),
      "Filesystem /tank: state ok → stale",
    ],
    [event({ kind: "flap", ...eth0 }), "Interface eth0 went up and down"],
  ])("%#", (one, words) => {
    expect(plain(wordsFor(one))).toBe(words);
  });
});

describe("worthShowing", () => {
  it("leaves out what containers do all day, and what is said twice", () => {
    const events = [
      event({ kind: "appeared", family: "network_interface", key: "veth12" }),
      event({ kind: "operstate", family: "network_interface", key: "eth0" }),
      event({}),
    ];
    expect(worthShowing(events)).toEqual([event({})]);
  });
});
