import { useSyncExternalStore } from "react";
import type { RateUnit } from "./format";

/** What a person chose for this browser. */
export interface Preferences {
  theme: "system" | "light" | "dark";
  rateUnit: RateUnit;
  hostView: "table" | "cards";
}

const STORAGE_KEY = "homelab-cmd.preferences";
const DEFAULTS: Preferences = { theme: "system", rateUnit: "bits", hostView: "table" };

let current = read();
const listeners = new Set<() => void>();

function read(): Preferences {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") };
  } catch {
    // Storage may be forbidden, or hold what another version wrote.
    return DEFAULTS;
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The preferences, kept current in every component that reads them. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}

/** Change some of the preferences, for this browser, from now on. */
export function setPreferences(changes: Partial<Preferences>): void {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Then they last until the page is closed.
  }
  applyTheme();
  for (const listener of listeners) listener();
}

/** Put the chosen theme on the document; without a choice the system's stands. */
export function applyTheme(): void {
  if (current.theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current.theme;
}
