/** A blank that neither breaks nor stretches, as between a number and its unit. */
export const THIN = "\u202f";

/** What stands where a value is not known; read out as "no value". */
export const NONE = "–";

/** Three significant digits, never an exponent: 1.46, 14.6, 146, 1,460. */
export function significant(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 99.95 || Number.isInteger(value) ? 0 : size >= 9.995 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
}

/** Split into what a scale of powers of `base` calls it: 1536 in [B, KiB] is 1.5 and KiB. */
export function scale(value: number, base: number, names: readonly string[]): [number, string] {
  let rest = value;
  let step = 0;
  // 1023.6 KiB would be written "1,024 KiB": it belongs to the next name.
  while (Math.abs(rest) >= base - 0.5 && step < names.length - 1) {
    rest /= base;
    step += 1;
  }
  return [rest, names[step] ?? ""];
}

/** "1 mount", "3 mounts". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
