import { formatBitRate, formatPercent, formatRate, NONE } from "@/lib/format";

/** A value in the unit that Netdata's answer names: always the unit of the metric, so bits stay bits. */
export function formatIn(unit: string, value: number | null): string {
  switch (unit) {
    case "%":
      return formatPercent(value);
    case "KiB/s":
      return formatRate(value === null ? null : value * 1024, "bytes");
    case "kilobits/s":
      return formatBitRate(value === null ? null : value * 1000);
    default:
      return value === null ? NONE : `${value} ${unit}`;
  }
}
