import type uPlot from "uplot";

const DAY = 86_400;
const IEC_UNITS = new Set(["bytes"]);

/** Steps that look round in the unit: powers of two for bytes, 1-2-5 for all else. */
export function incrementsOf(unit: string): number[] {
  const increments: number[] = [];
  if (IEC_UNITS.has(unit)) {
    for (let power = 0; power < 60; power += 1) increments.push(2 ** power);
    return increments;
  }
  for (let power = -3; power < 16; power += 1) {
    for (const digit of [1, 2, 2.5, 5]) increments.push(digit * 10 ** power);
  }
  return increments;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "2-digit" });

/** What stands under a tick: the clock, and the day where a new one begins. */
export const timeLabels: uPlot.Axis.DynamicValues = (_chart, splits, _axis, _space, increment) =>
  splits.map((seconds) => {
    const time = new Date(seconds * 1000);
    if (increment >= 28 * DAY) return month.format(time);
    if (increment >= DAY || (time.getHours() === 0 && time.getMinutes() === 0)) {
      return day.format(time);
    }
    return (increment < 60 ? clockWithSeconds : clock).format(time);
  });

/** A line to compare with that lies farther above the data than this would flatten it. */
const FARTHEST_REFERENCE = 3;

/**
 * From zero to a little over the highest value, or the whole scale where it is known. A reference
 * line is drawn where it is near enough; of one that is not, the legend tells.
 */
export function rangeFrom(
  maximum: number | undefined,
  references: () => readonly number[],
): uPlot.Range.Function {
  return (_chart, _lowest, highest) => {
    if (maximum !== undefined) return [0, maximum];
    const measured = highest ?? 0;
    const near = references().filter((value) => value <= measured * FARTHEST_REFERENCE);
    return [0, Math.max(Math.max(measured, ...near) * 1.08, 1e-6)];
  };
}
