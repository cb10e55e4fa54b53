import { createContext, useContext, useSyncExternalStore } from "react";

/** A stretch of time in Unix seconds, half open. */
export interface TimeWindow {
  from: number;
  to: number;
}

/** Something that happened to the host, drawn as a thin line on every chart. */
export interface Mark {
  time: number;
  label: string;
}

/** The moment under the pointer, shared by all charts of a group; a click pins it. */
export class Crosshair {
  time: number | null = null;
  pinned = false;
  readonly #listeners = new Set<() => void>();

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follow the pointer to `time` (null: it left), unless a moment is pinned. */
  move(time: number | null): void {
    if (this.pinned || this.time === time) return;
    this.time = time;
    this.#tell();
  }

  /** Hold on to where the pointer is, or let go. */
  togglePin(): void {
    this.pinned = !this.pinned && this.time !== null;
    this.#tell();
  }

  /** Put the pinned line at `time`. */
  pin(time: number): void {
    this.time = time;
    this.pinned = true;
    this.#tell();
  }

  /** Let go of everything. */
  release(): void {
    this.pinned = false;
    this.time = null;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/** What the charts of one view share. */
export interface ChartGroup {
  window: TimeWindow;
  crosshair: Crosshair;
  marks: readonly Mark[];
  tables: boolean;
  onZoom: (window: TimeWindow) => void;
  onReset: () => void;
}

export const ChartGroupContext = createContext<ChartGroup | null>(null);

/** The group that this chart belongs to. Throws outside of one: that is a mistake in the page. */
export function useChartGroup(): ChartGroup {
  const group = useContext(ChartGroupContext);
  if (!group) throw new Error("A chart stands in a ChartGroupContext.");
  return group;
}

/** The moment that a click pinned, null while none is. */
export function usePinnedTime(crosshair: Crosshair): number | null {
  return useSyncExternalStore(crosshair.subscribe, () =>
    crosshair.pinned ? crosshair.time : null,
  );
}

/** The shared moment in Unix seconds, null while no pointer is on a chart. */
export function useCrosshairTime(crosshair: Crosshair): number | null {
  return useSyncExternalStore(crosshair.subscribe, () => crosshair.time);
}
