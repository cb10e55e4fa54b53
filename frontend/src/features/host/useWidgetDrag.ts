import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";

/** So near to the window's edge dragging scrolls, so many pixels at a time. */
const EDGE_PIXELS = 70;
const SCROLL_PIXELS = 18;

/** The attribute by which the widget under the pointer is known. */
export const WIDGET_ATTRIBUTE = "data-widget";

interface Drag {
  id: string;
  /** The widget under the pointer, whose place it would take. */
  over: string | null;
}

/** Moves widgets by pointer: one is picked up at its handle and put into another one's place. */
export function useWidgetDrag(onMove: (id: string, target: string) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const label = useRef<HTMLDivElement>(null);

  const follow = (event: PointerEvent) => {
    if (!drag) return;
    const { clientX, clientY } = event;
    if (label.current) label.current.style.transform = `translate(${clientX}px, ${clientY}px)`;
    scrollAtEdge(clientY);
    const target = widgetAt(clientX, clientY);
    const over = target === drag.id ? null : target;
    if (over !== drag.over) setDrag({ ...drag, over });
  };

  return {
    drag,
    /** What follows the pointer. */
    label,
    /** The handlers of a widget's handle. */
    handle: (id: string) => ({
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ id, over: null });
      },
      onPointerMove: follow,
      onPointerUp: () => {
        if (drag?.over) onMove(drag.id, drag.over);
        setDrag(null);
      },
      onLostPointerCapture: () => setDrag(null),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key !== "Escape" || !drag) return;
        event.preventDefault();
        setDrag(null);
      },
    }),
  };
}

function widgetAt(x: number, y: number): string | null {
  const element = document.elementFromPoint(x, y)?.closest(`[${WIDGET_ATTRIBUTE}]`);
  return element?.getAttribute(WIDGET_ATTRIBUTE) ?? null;
}

function scrollAtEdge(y: number): void {
  if (y < EDGE_PIXELS) window.scrollBy(0, -SCROLL_PIXELS);
  if (y > window.innerHeight - EDGE_PIXELS) window.scrollBy(0, SCROLL_PIXELS);
}
