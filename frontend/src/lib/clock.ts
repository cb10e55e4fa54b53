import { useSyncExternalStore } from "react";

/** One timer for all that is written relative to now; it moves every five seconds. */
const STEP_MS = 5_000;

let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function tick() {
  now = new Date();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  if (listeners.size === 0) {
    now = new Date();
    timer = setInterval(tick, STEP_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The time, renewed every few seconds. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now);
}

const HOUR_SECONDS = 3600;

/** The end of the running hour in Unix seconds: for what is asked anew but once an hour. */
export function useHourly(): number {
  return useSyncExternalStore(
    subscribe,
    () => Math.ceil(now.getTime() / 1000 / HOUR_SECONDS) * HOUR_SECONDS,
  );
}
