import type { ReactNode } from "react";
import type { Server } from "@/api/servers";
import { Masonry, MasonryItem } from "@/components/Masonry";
import type { Widget } from "@/features/widgets/types";

interface WidgetGridProps {
  server: Server;
  widgets: readonly Widget[];
  /** What stands after them. */
  children?: ReactNode;
}

/** The host's widgets, each a section with its name. */
export function WidgetGrid({ server, widgets, children }: WidgetGridProps) {
  return (
    <Masonry>
      {widgets.map((widget) => (
        <MasonryItem key={widget.id} wide={widget.wide}>
          <section aria-labelledby={`widget-${widget.id}`} className="panel p-4">
            <h2 id={`widget-${widget.id}`} className="mb-2 font-semibold">
              {widget.title}
            </h2>
            <widget.Component server={server} />
          </section>
        </MasonryItem>
      ))}
      <MasonryItem>{children}</MasonryItem>
    </Masonry>
  );
}
