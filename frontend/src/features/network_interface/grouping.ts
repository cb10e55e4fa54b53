import type { NetworkInterface } from "@/api/servers";
import type { Tone } from "@/components/Status";

/** Names that container and virtual machine tools give: of use together, seldom one by one. */
const VIRTUAL = /^(veth|br-|docker|virbr|tap|vnet)/;

/** Whether a tool made an interface, going by its name. */
export const isVirtual = ({ name }: { name: string }): boolean => VIRTUAL.test(name);

/** The interfaces people wired up or configured, and those that tools made; busiest first. */
export function grouped(interfaces: readonly NetworkInterface[]) {
  const total = ({ rx_bytes, tx_bytes }: NetworkInterface) => rx_bytes + tx_bytes;
  const order = [...interfaces].sort(
    (one, other) =>
      Number(other.is_up) - Number(one.is_up) ||
      total(other) - total(one) ||
      one.name.localeCompare(other.name, undefined, { numeric: true }),
  );
  return {
    own: order.filter((one) => !isVirtual(one)),
    virtual: order.filter(isVirtual),
  };
}

/** How a link is, in a word: operstate tells more than up and down. */
export function linkOf({ is_up, operstate }: NetworkInterface): { tone: Tone; word: string } {
  if (is_up) return { tone: "ok", word: "up" };
  switch (operstate) {
    case "lowerlayerdown":
    case "notpresent":
      return { tone: "idle", word: "no carrier" };
    case "dormant":
    case "testing":
    case "unknown":
      return { tone: "idle", word: operstate };
    default:
      return { tone: "idle", word: "down" };
  }
}
