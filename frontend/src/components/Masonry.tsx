import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** The height of a row of the grid beneath; items span as many as they need. */
const ROW_PIXELS = 4;
const GAP_PIXELS = 16;

/** Two columns on wide screens, each item as high as it is; the order of reading stays. */
export function Masonry({ children }: { children: ReactNode }) {
  return (
    <div
      className="grid grid-flow-dense grid-cols-[minmax(0,1fr)] gap-x-4 xl:grid-cols-2"
      style={{ gridAutoRows: ROW_PIXELS }}
    >
      {children}
    </div>
  );
}

/** An item of a Masonry; a wide one takes both columns. */
export function MasonryItem({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(240);
  useLayoutEffect(() => {
    const element = content.current;
    if (!element) return;
    const measure = () => setHeight(element.offsetHeight);
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  const rows = Math.ceil((height + GAP_PIXELS) / ROW_PIXELS);
  return (
    <div
      className={`min-w-0 ${wide ? "xl:col-span-2" : ""}`}
      style={{ gridRowEnd: `span ${rows}` }}
    >
      <div ref={content}>{children}</div>
    </div>
  );
}
