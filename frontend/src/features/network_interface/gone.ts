import { useQuery } from "@tanstack/react-query";
import { seriesQuery } from "@/api/series";
import type { Series } from "@/api/series-columns";
import type { NetworkInterface } from "@/api/servers";
import { useHourly } from "@/lib/clock";

/** An interface that is no longer reported. */
export interface Gone {
  name: string;
  /** The end of the last hour in which it was, in Unix seconds. */
  until: number;
}

const HOUR_SECONDS = 3600;
/** So long one is remembered. */
const REMEMBERED_HOURS = 24;

/** The interfaces of the last day that a host does not report any more, the latest first. */
export function useGone(serverId: string, present: readonly NetworkInterface[]): Gone[] {
  const to = useHourly();
  const { data } = useQuery(
    seriesQuery({
      server: serverId,
      family: "network_interface",
      fields: ["is_up"],
      from: to - REMEMBERED_HOURS * HOUR_SECONDS,
      to,
      points: REMEMBERED_HOURS,
    }),
  );
  return data ? goneFrom(data, present) : [];
}

/**
 * What the hours tell of and the newest report does not. Interfaces without a stable name have no
 * hours of their own: the server keeps their sum, under a name in brackets.
 */
export function goneFrom(
  hours: ReadonlyMap<string, Series>,
  present: readonly NetworkInterface[],
): Gone[] {
  const here = new Set(present.map(({ name }) => name));
  return [...hours]
    .filter(([name]) => !here.has(name) && !name.startsWith("("))
    .map(([name, { timestamps, columns }]) => {
      const last = columns.is_up?.findLastIndex((value) => value !== null) ?? -1;
      return { name, until: (timestamps[last] ?? Number.NaN) + HOUR_SECONDS };
    })
    .filter(({ until }) => Number.isFinite(until))
    .sort((one, other) => other.until - one.until || one.name.localeCompare(other.name));
}
