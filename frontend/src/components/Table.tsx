import type { ReactNode } from "react";

interface TableProps {
  caption: string;
  columns: readonly string[];
  children: ReactNode;
}

/** A plain table; on narrow screens it scrolls within itself. */
export function Table({ caption, columns, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section aria-label={caption} tabIndex={0} className="overflow-x-auto">
      <table className="w-full [&_td]:py-2 [&_td]:pr-4 [&_th]:pr-4">
        <caption className="sr-only">{caption}</caption>
        <thead className="text-left text-xs text-muted">
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="pb-2 font-medium">
                {column || <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr]:border-t [&>tr]:border-line">{children}</tbody>
      </table>
    </section>
  );
}
