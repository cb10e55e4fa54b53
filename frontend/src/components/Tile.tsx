import type { ReactNode } from "react";

/** A value with its name, among others of its kind. */
export function Tile({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="panel px-4 py-3">
      <h2 className="text-xs font-medium text-muted">{name}</h2>
      {children}
    </div>
  );
}

/** The value of a tile. */
export function Figure({ children }: { children: ReactNode }) {
  return <p className="text-xl font-semibold tracking-tight">{children}</p>;
}
