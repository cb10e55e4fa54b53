import type { Setting, Settings, SettingsChange, TierSetting } from "@/api/settings";

const GIBIBYTE = 2 ** 30;

/** What stands in the inputs, by the settings' names: days, and gibibytes of `max_size`. */
export type Draft = Record<string, string>;

export const TIER_NAMES: Record<TierSetting["tier"], string> = {
  raw: "Every sample",
  minute: "Minutes",
  hour: "Hours",
  day: "Days",
};

/** The settings as the inputs show them; 0, which is for ever or no bound, is an empty input. */
export function draftOf({ retention, max_size }: Settings): Draft {
  const days = retention.map(({ name, value }) => [name, value === 0 ? "" : String(value)]);
  const size = max_size.value === 0 ? "" : String(Number((max_size.value / GIBIBYTE).toFixed(2)));
  return { ...Object.fromEntries(days), [max_size.name]: size };
}

/** The number that an input stands for. */
function numberOf({ name }: Setting, text: string): number {
  const number = Number(text.trim() || 0);
  return name === "max_size" ? Math.round(number * GIBIBYTE) : number;
}

/** What has to be changed for the settings to be as the inputs say; empty where they are. */
export function changeOf(settings: Settings, draft: Draft): SettingsChange {
  const before = draftOf(settings);
  const changed = [...settings.retention, settings.max_size].filter(
    (one) => one.fixed === null && draft[one.name] !== before[one.name],
  );
  return Object.fromEntries(changed.map((one) => [one.name, numberOf(one, draft[one.name] ?? "")]));
}

/** What would be kept shorter than it is now, in words: that can't be undone. */
export function losses(settings: Settings, draft: Draft): string[] {
  const change: Partial<Record<string, number | null>> = changeOf(settings, draft);
  return settings.retention.flatMap(({ name, tier, value }) => {
    const days = change[name];
    if (!days || (value !== 0 && days >= value)) return [];
    return [`${TIER_NAMES[tier].toLowerCase()} older than ${days} days`];
  });
}

/** The bytes that a tier comes to once it is as old as the input says; null for ever, or unknown. */
export function steadyBytes({ per_day_bytes }: TierSetting, days: string): number | null {
  const number = Number(days);
  return per_day_bytes === null || !(number > 0) ? null : per_day_bytes * number;
}
