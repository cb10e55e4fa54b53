import { Icon } from "@/components/Icon";
import type { Widget } from "@/features/widgets/types";

interface ArrangeBarProps {
  hidden: readonly Widget[];
  /** What the last change did, for those who can't see it. */
  told: string;
  onShow: (id: string) => void;
  onReset: () => void;
  onDone: () => void;
}

/** What stands above the widgets while they are arranged. */
export function ArrangeBar({ hidden, told, onShow, onReset, onDone }: ArrangeBarProps) {
  return (
    <section
      aria-label="Arrange the widgets"
      className="panel flex flex-wrap items-center gap-x-4 gap-y-2 border-accent p-3"
    >
      <p className="min-w-60 flex-1 text-muted">
        Drag a widget by its handle onto the place it should take, or move to the handle with Tab
        and use the arrow keys. This is kept for you, on every device.
      </p>
      <div className="flex gap-2">
        <button type="button" className="button min-h-8" onClick={onReset}>
          <Icon name="reset" size={14} /> Reset
        </button>
        <button type="button" className="button button-primary min-h-8" onClick={onDone}>
          Done
        </button>
      </div>
      {hidden.length > 0 && (
        <div className="flex basis-full flex-wrap items-center gap-2">
          <span className="text-muted">Hidden:</span>
          {hidden.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              className="button min-h-8"
              aria-label={`Show ${title}`}
              onClick={() => onShow(id)}
            >
              <Icon name="plus" size={14} /> {title}
            </button>
          ))}
        </div>
      )}
      <p role="status" className="sr-only">
        {told}
      </p>
    </section>
  );
}
