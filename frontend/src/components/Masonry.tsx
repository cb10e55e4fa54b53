import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** The height of a row of the grid beneath; items span as many as they need. */
const ROW_PIXELS = 4;
const GAP_PIXELS = 16;

/** How much of the row an item takes; there is one column on narrow screens. */
export type ItemWidth = "third" | "half" | "two_thirds" | "full";

/** Between two columns and three, thirds would be too narrow to read. */
const SPANS: Record<ItemWidth, string> = {
  third: "xl:col-span-3 2xl:col-span-2",
  half: "xl:col-span-3",
  two_thirds: "xl:col-span-3 2xl:col-span-4",
  full: "xl:col-span-6",
};

/** Items side by side on wide screens, each as high as it is; the order of reading stays. */
export function Masonry({ children }: { children: ReactNode }) {
  return (
    <div
      className="grid grid-flow-dense grid-cols-[minmax(0,1fr)] gap-x-4 xl:grid-cols-6"
      style={{ gridAutoRows: ROW_PIXELS }}
    >
      {children}
    </div>
  );
}

interface MasonryItemProps {
  width?: ItemWidth;
  children: ReactNode;
}

/** An item of a Masonry. */
export function MasonryItem({ width = "half", children }: MasonryItemProps) {
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
    <div className={`min-w-0 ${SPANS[width]}`} style={{ gridRowEnd: `span ${rows}` }}>
      <div ref={content}>{children}</div>
    </div>
  );
}
