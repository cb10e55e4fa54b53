import type { HostEvent } from "@/api/past";
import { formatDuration } from "@/lib/format";

const NOUNS: Record<string, string> = {
  filesystem: "Filesystem",
  network_interface: "Interface",
};

/** What happened, in a sentence: "Filesystem /tank vanished". */
export function wordsFor(event: HostEvent): string {
  if (event.kind === "boot") return "Boot";
  if (event.kind === "gap") return silence(event);
  const noun = NOUNS[event.family ?? ""] ?? event.family ?? "";
  const subject = [noun, event.key].filter(Boolean).join(" ");
  switch (event.kind) {
    case "appeared":
    case "vanished":
      return `${subject} ${event.kind}`;
    case "flap":
      return `${subject} went up and down`;
    case "is_up":
      return `${subject} is ${event.to ? "up" : "down"}`;
    case "read_only":
      return `${subject} is ${event.to ? "read-only" : "writable"}`;
    default:
      return `${subject}: ${event.kind} ${String(event.from)} → ${String(event.to)}`;
  }
}

function silence({ time, until }: HostEvent): string {
  if (!until) return "No data";
  return `No data for ${formatDuration((Date.parse(until) - Date.parse(time)) / 1000)}`;
}

/** Interfaces that containers bring and take: their coming and going is no news. */
const FLEETING = /^(veth|tap|vnet)/;

/** The events worth showing; the operating state repeats what up and down say. */
export function worthShowing(events: readonly HostEvent[]): HostEvent[] {
  return events.filter(
    ({ kind, key }) => kind !== "operstate" && !(key !== null && FLEETING.test(key)),
  );
}
