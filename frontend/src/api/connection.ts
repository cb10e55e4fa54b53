import { useSyncExternalStore } from "react";

/** Whether the server answers, as the last request told. */
export interface Connection {
  /** When it last answered; null before its first answer. */
  lastAnswer: Date | null;
  /** Since when it does not answer; null while it does. */
  awaySince: Date | null;
}

let current: Connection = { lastAnswer: null, awaySince: null };
const listeners = new Set<() => void>();

function set(next: Connection) {
  current = next;
  for (const listener of listeners) listener();
}

/** Note that the server answered, be it with an error of its own. */
export function noteAnswer(): void {
  const wasAway = current.awaySince !== null;
  const now = new Date();
  // Each answer moves the time, but only a change of the state is worth a drawing.
  if (wasAway || current.lastAnswer === null) set({ lastAnswer: now, awaySince: null });
  else current.lastAnswer = now;
}

/** Note that no answer came, or only that of a proxy which could not reach the server. */
export function noteSilence(): void {
  if (current.awaySince === null) set({ ...current, awaySince: current.lastAnswer ?? new Date() });
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The connection, kept current. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => current);
}
