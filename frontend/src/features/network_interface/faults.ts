import type { Series } from "@/api/series-columns";

/** What an interface got wrong over the time on show, packets a minute. */
export interface Faults {
  errors: number;
  drops: number;
}

/** The counters that tell of them, both ways. */
export const FAULT_FIELDS = ["rx_errors", "tx_errors", "rx_dropped", "tx_dropped"] as const;

/** The means of the rates per minute; nothing where an interface does not count them. */
export function faultsOf(series: Series | undefined): Faults {
  const perMinute = (field: string) => 60 * meanOf(series?.columns[field]);
  return {
    errors: perMinute("rx_errors") + perMinute("tx_errors"),
    drops: perMinute("rx_dropped") + perMinute("tx_dropped"),
  };
}

function meanOf(values: readonly (number | null)[] | undefined): number {
  const known = values?.filter((value) => value !== null) ?? [];
  return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : 0;
}
