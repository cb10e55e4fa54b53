import { formatDuration } from "./duration";
import { NONE, scale, significant, THIN } from "./number";

/** How people want transfer written: in bits (as line speeds are) or in bytes per second. */
export type RateUnit = "bits" | "bytes";

const IEC = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const BITS = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"] as const;
const COUNTS = ["", "k", "M", "G", "T"] as const;

type Known = number | null | undefined;

const isKnown = (value: Known): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

const withUnit = ([value, unit]: [number, string]) =>
  unit ? `${significant(value)}${THIN}${unit}` : significant(value);

/** Bytes in IEC units: "1.46 TiB". */
export function formatBytes(bytes: Known): string {
  return isKnown(bytes) ? withUnit(scale(bytes, 1024, IEC)) : NONE;
}

/** A transfer in bytes per second, written in bits (SI) or bytes (IEC). */
export function formatRate(bytesPerSecond: Known, unit: RateUnit): string {
  if (!isKnown(bytesPerSecond)) return NONE;
  if (unit === "bits") return formatBitRate(bytesPerSecond * 8);
  const [value, name] = scale(bytesPerSecond, 1024, IEC);
  return `${significant(value)}${THIN}${name}/s`;
}

/** A line speed in bits per second: "2.5 Gbit/s". */
export function formatBitRate(bitsPerSecond: Known): string {
  if (!isKnown(bitsPerSecond)) return NONE;
  return withUnit(scale(Math.round(bitsPerSecond), 1000, BITS));
}

/** "93 %", below ten with a decimal: "4.2 %". */
export function formatPercent(percent: Known): string {
  if (!isKnown(percent)) return NONE;
  const rounded = Math.abs(percent) < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return `${rounded === "0.0" || rounded === "-0.0" ? "0" : rounded}${THIN}%`;
}

/** "47 °C". */
export function formatCelsius(celsius: Known): string {
  return isKnown(celsius) ? `${celsius.toFixed(0)}${THIN}°C` : NONE;
}

/** A count of things in SI steps: "12.4 k". */
export function formatCount(count: Known): string {
  return isKnown(count) ? withUnit(scale(count, 1000, COUNTS)) : NONE;
}

/** A value of any field, by the unit the server names for it (see /api/v1/catalogue). */
export function formatQuantity(value: Known, unit: string, rateUnit: RateUnit): string {
  if (!isKnown(value)) return NONE;
  switch (unit) {
    case "bytes":
      return formatBytes(value);
    case "bytes_per_second":
      return formatRate(value, rateUnit);
    case "bits_per_second":
      return formatBitRate(value);
    case "percent":
      return formatPercent(value);
    case "celsius":
      return formatCelsius(value);
    case "seconds":
      // What takes less than a second is told in thousandths of one.
      return value > 0 && value < 1
        ? `${significant(value * 1000)}${THIN}ms`
        : formatDuration(value);
    case "seconds_per_second":
      // The share of a second that something was busy.
      return formatPercent(value * 100);
    case "watts":
      return `${significant(value)}${THIN}W`;
    case "volts":
      return `${significant(value)}${THIN}V`;
    case "rpm":
      return `${value.toLocaleString("en", { maximumFractionDigits: 0 })}${THIN}rpm`;
    default:
      return unit.endsWith("_per_second") ? `${formatCount(value)}/s` : formatCount(value);
  }
}
