import type { Server, Temperature } from "@/api/servers";

/** The hottest of a host's sensors; null where it has none. */
export function hottestOf({ temperatures }: Pick<Server, "temperatures">): Temperature | null {
  const [hottest] = [...(temperatures ?? [])].sort((one, other) => other.celsius - one.celsius);
  return hottest ?? null;
}
