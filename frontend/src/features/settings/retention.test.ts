import { describe, expect, it } from "vitest";
import type { Setting, Settings, TierSetting } from "@/api/settings";
import { changeOf, draftOf, losses, steadyBytes } from "./retention";

const setting = (name: string, value: number, more: Partial<Setting> = {}): Setting => ({
  name,
  value,
  default: value,
  source: "default",
  variable: `HOMELAB_CMD_${name.toUpperCase()}`,
  fixed: null,
  changed_at: null,
  changed_by: null,
  ...more,
});

const tier = (
  name: TierSetting["tier"],
  days: number,
  more: Partial<Setting> = {},
): TierSetting => ({
  ...setting(`retention_${name}_days`, days, more),
  tier: name,
  kept_days: days || null,
  since: null,
  size_bytes: 1000,
  per_day_bytes: name === "day" ? null : 100,
  steady_bytes: null,
});

const settings: Settings = {
  retention: [
    tier("raw", 30),
    tier("minute", 90, { fixed: "so" }),
    tier("hour", 0),
    tier("day", 0),
  ],
  max_size: setting("max_size", 3 * 2 ** 29),
  limited: null,
  database_bytes: 1,
  disk_free_bytes: null,
  growth_per_day_bytes: null,
  disk_full_in_days: null,
};
const draft = (more: Record<string, string>) => ({ ...draftOf(settings), ...more });

describe("the inputs of retention", () => {
  it("show days and gibibytes, and nothing for what has no end", () => {
    expect(draftOf(settings)).toEqual({
      retention_raw_days: "30",
      retention_minute_days: "90",
      retention_hour_days: "",
      retention_day_days: "",
      max_size: "1.5",
    });
  });

  it("ask for what was changed alone, and never for what is fixed", () => {
    expect(changeOf(settings, draft({}))).toEqual({});
    const all = { retention_raw_days: "14", retention_minute_days: "1", max_size: "" };
    expect(changeOf(settings, draft(all))).toEqual({ retention_raw_days: 14, max_size: 0 });
  });

  it("tell what is lost by a shorter time, and by one in place of for ever", () => {
    expect(losses(settings, draft({ retention_raw_days: "60" }))).toEqual([]);
    expect(
      losses(settings, draft({ retention_raw_days: "14", retention_hour_days: "365" })),
    ).toEqual(["every sample older than 14 days", "hours older than 365 days"]);
  });

  it("tell what a tier costs in the end", () => {
    const [raw, , , day] = settings.retention as [
      TierSetting,
      TierSetting,
      TierSetting,
      TierSetting,
    ];
    expect(steadyBytes(raw, "14")).toBe(1400);
    expect(steadyBytes(raw, "")).toBeNull();
    expect(steadyBytes(day, "14")).toBeNull();
  });
});
