import { type ReactNode, useState } from "react";
import type { Server } from "@/api/servers";
import { Masonry, MasonryItem } from "@/components/Masonry";
import { Empty, FailureBanner, Skeleton } from "@/components/States";
import type { Placed } from "@/features/widgets/arrangement";
import { ArrangeBar } from "./ArrangeBar";
import { type HostArrangement, useArrangement } from "./useArrangement";
import { useWidgetDrag, WIDGET_ATTRIBUTE } from "./useWidgetDrag";
import { WidgetTools } from "./WidgetTools";

interface WidgetGridProps {
  server: Server;
  arranging: boolean;
  onArranging: (on: boolean) => void;
  /** What stands after the widgets. */
  children?: ReactNode;
}

/** The host's widgets, each a section with its name, as the reader arranged them. */
export function WidgetGrid({ server, arranging: wanted, onArranging, children }: WidgetGridProps) {
  const arrangement = useArrangement(server);
  const arranging = wanted && arrangement.known;
  const { shown, hidden, failure } = arrangement;
  const arranger = useArranger(arrangement);
  const { drag } = arranger;
  const dragged = shown.find(({ widget }) => widget.id === drag?.id)?.widget;
  if (arrangement.loading) return <Skeleton rows={2} height={240} />;
  return (
    <>
      {failure && <FailureBanner cause={failure.cause} onRetry={failure.retry} />}
      {arranging && (
        <ArrangeBar
          hidden={hidden}
          told={arranger.told}
          onShow={(id) => arrangement.setHidden(id, false)}
          onReset={arrangement.reset}
          onDone={() => onArranging(false)}
        />
      )}
      {!arranging && shown.length === 0 && hidden.length > 0 && (
        <Empty title="All widgets are hidden">
          <button type="button" className="underline" onClick={() => onArranging(true)}>
            Arrange them
          </button>
        </Empty>
      )}
      <Masonry>
        {shown.map((placed) => (
          <MasonryItem key={placed.widget.id} width={placed.width}>
            <section
              aria-labelledby={`widget-${placed.widget.id}`}
              className={`panel p-4 ${lookOf(placed, drag)}`}
              {...{ [WIDGET_ATTRIBUTE]: placed.widget.id }}
            >
              {arranging ? (
                <WidgetTools placed={placed} {...arranger.tools(placed)} />
              ) : (
                <h2 id={`widget-${placed.widget.id}`} className="mb-2 font-semibold">
                  {placed.widget.title}
                </h2>
              )}
              {/* Low while it is arranged, so that more than one is in sight. */}
              <div
                inert={arranging}
                className={arranging ? "max-h-28 overflow-hidden opacity-60" : ""}
              >
                <placed.widget.Component server={server} />
              </div>
            </section>
          </MasonryItem>
        ))}
        <MasonryItem>{children}</MasonryItem>
      </Masonry>
      {dragged && (
        <div
          ref={arranger.label}
          aria-hidden="true"
          className="panel pointer-events-none fixed top-2 left-2 z-50 px-3 py-1.5 font-medium shadow-lg"
        >
          {dragged.title}
        </div>
      )}
    </>
  );
}

function lookOf({ widget }: Placed, drag: { id: string; over: string | null } | null): string {
  if (widget.id === drag?.id) return "opacity-40";
  return widget.id === drag?.over ? "outline-3 outline-offset-2 outline-accent" : "";
}

/** Moves widgets by pointer and by key, and says in words what became of it. */
function useArranger({ shown, move, resize, setHidden }: HostArrangement) {
  const [told, setTold] = useState("");
  const put = (id: string, target: string) => {
    const place = shown.findIndex(({ widget }) => widget.id === target);
    const title = shown.find(({ widget }) => widget.id === id)?.widget.title;
    move(id, target);
    setTold(`${title}: place ${place + 1} of ${shown.length}.`);
  };
  const dragging = useWidgetDrag(put);
  const step = (id: string, places: number) => {
    const from = shown.findIndex(({ widget }) => widget.id === id);
    const to = Math.min(Math.max(from + places, 0), shown.length - 1);
    const target = shown[to];
    if (target && to !== from) put(id, target.widget.id);
  };
  return {
    told,
    drag: dragging.drag,
    label: dragging.label,
    tools: ({ widget: { id, title } }: Placed) => ({
      handle: dragging.handle(id),
      onStep: (places: number) => step(id, places),
      onResize: (width: Placed["width"]) => resize(id, width),
      onHide: () => {
        setHidden(id, true);
        setTold(`${title} is hidden.`);
      },
    }),
  };
}
