import type { Series } from "@/api/series-columns";

/** What went through an interface in a stretch of time, in bytes. */
export interface Transfer {
  /** "2026-11-21" of a day, "2026-11" of a month; both in UTC, as the server keeps them. */
  name: string;
  received: number;
  sent: number;
}

/** What rose in each day, the newest first. */
export const daysOf = (series: Series | undefined) => sumsOf(series, "2026-11-21".length);

/** What rose in each month, the newest first. */
export const monthsOf = (series: Series | undefined) => sumsOf(series, "2026-11".length);

function sumsOf(series: Series | undefined, nameLength: number): Transfer[] {
  const { timestamps = [], columns = {} } = series ?? {};
  const sums = new Map<string, Transfer>();
  timestamps.forEach((time, index) => {
    const [received, sent] = [columns.rx_bytes?.[index] ?? null, columns.tx_bytes?.[index] ?? null];
    if (received === null && sent === null) return;
    const name = new Date(time * 1000).toISOString().slice(0, nameLength);
    const before = sums.get(name) ?? { received: 0, sent: 0 };
    sums.set(name, {
      name,
      received: before.received + (received ?? 0),
      sent: before.sent + (sent ?? 0),
    });
  });
  return [...sums.values()].reverse();
}
