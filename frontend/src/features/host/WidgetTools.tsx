import type { ComponentProps, KeyboardEvent } from "react";
import type { Width } from "@/api/layouts";
import { Icon } from "@/components/Icon";
import type { Placed } from "@/features/widgets/arrangement";

const WIDTHS: readonly (readonly [Width, string])[] = [
  ["third", "A third"],
  ["half", "Half"],
  ["two_thirds", "Two thirds"],
  ["full", "Whole row"],
];

/** Where a key moves a widget to: so many places on, or to an end. */
const STEPS: Record<string, number> = {
  ArrowUp: -1,
  ArrowLeft: -1,
  ArrowDown: 1,
  ArrowRight: 1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

interface WidgetToolsProps {
  placed: Placed;
  /** The handlers of the handle for the pointer. */
  handle: Pick<
    ComponentProps<"button">,
    "onPointerDown" | "onPointerMove" | "onPointerUp" | "onLostPointerCapture" | "onKeyDown"
  >;
  onStep: (places: number) => void;
  onResize: (width: Width) => void;
  onHide: () => void;
}

/** The head of a widget while it is arranged: its handle, its width, and a way to hide it. */
export function WidgetTools({ placed, handle, onStep, onResize, onHide }: WidgetToolsProps) {
  const { id, title } = placed.widget;
  const step = (event: KeyboardEvent<HTMLButtonElement>) => {
    handle.onKeyDown?.(event);
    const places = STEPS[event.key];
    if (event.defaultPrevented || places === undefined) return;
    event.preventDefault();
    onStep(places);
  };
  return (
    <div className="mb-2 flex items-center gap-2">
      <button
        type="button"
        aria-label={`Move ${title}`}
        title="Drag, or use the arrow keys"
        className="button button-icon min-h-8 cursor-grab touch-none active:cursor-grabbing"
        {...handle}
        onKeyDown={step}
      >
        <Icon name="move" />
      </button>
      <h2 id={`widget-${id}`} className="min-w-0 flex-1 truncate font-semibold">
        {title}
      </h2>
      <select
        aria-label={`Width of ${title}`}
        title="How much of the row it takes, on wide screens"
        className="field hidden min-h-8 py-0 xl:block"
        value={placed.width}
        onChange={(event) => onResize(event.target.value as Width)}
      >
        {WIDTHS.map(([width, name]) => (
          <option key={width} value={width}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        aria-label={`Hide ${title}`}
        title={`Hide ${title}`}
        className="button button-icon min-h-8"
        onClick={onHide}
      >
        <Icon name="hide" />
      </button>
    </div>
  );
}
