import type { Placement, Width } from "@/api/layouts";
import type { Widget } from "./types";

/** A widget where it stands. */
export interface Placed {
  widget: Widget;
  width: Width;
}

/** What a layout makes of the widgets that a host has. */
export interface Arrangement {
  shown: Placed[];
  hidden: Widget[];
}

const DEFAULT_WIDTH: Width = "half";

/** Widgets in the order of a layout; those that it does not know stand at the end. */
export function arrange(widgets: readonly Widget[], layout: readonly Placement[]): Arrangement {
  const byId = new Map(widgets.map((widget) => [widget.id, widget]));
  const arrangement: Arrangement = { shown: [], hidden: [] };
  for (const { id, width, hidden } of complete(widgets, layout)) {
    const widget = byId.get(id);
    if (!widget) continue;
    if (hidden) arrangement.hidden.push(widget);
    else arrangement.shown.push({ widget, width: width ?? widget.width ?? DEFAULT_WIDTH });
  }
  return arrangement;
}

/** The layout with an entry for each of the widgets; what it knows beyond them stays in it. */
function complete(widgets: readonly Widget[], layout: readonly Placement[]): Placement[] {
  const known = new Set(layout.map(({ id }) => id));
  const added = widgets.filter(({ id }) => !known.has(id));
  return [...layout, ...added.map(({ id }) => ({ id, width: null, hidden: false }))];
}

/** Puts a widget into the place of another one, which makes room. */
export function moved(
  widgets: readonly Widget[],
  layout: readonly Placement[],
  id: string,
  target: string,
): Placement[] {
  const before = complete(widgets, layout);
  const from = before.findIndex((one) => one.id === id);
  const to = before.findIndex((one) => one.id === target);
  const entry = before[from];
  if (!entry || to < 0) return before;
  const after = before.filter((one) => one !== entry);
  after.splice(to, 0, entry);
  return after;
}

/** Changes how wide a widget is, or whether it is shown. */
export function changed(
  widgets: readonly Widget[],
  layout: readonly Placement[],
  id: string,
  change: Partial<Pick<Placement, "width" | "hidden">>,
): Placement[] {
  return complete(widgets, layout).map((one) => (one.id === id ? { ...one, ...change } : one));
}
