import { type ReactNode, useId, useState } from "react";
import { Icon } from "./Icon";

interface DisclosureProps {
  /** What stands in the row, whether it is open or not. */
  summary: ReactNode;
  /** What the button that opens it is called. */
  label: string;
  children: () => ReactNode;
  startsOpen?: boolean;
}

/** A row that opens into more; what is inside is made when it is opened. */
export function Disclosure({ summary, label, children, startsOpen = false }: DisclosureProps) {
  const [open, setOpen] = useState(startsOpen);
  const id = useId();
  return (
    <div className="relative">
      <div className="relative rounded-lg hover:bg-raised/60">
        {summary}
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          aria-label={label}
          className="absolute inset-0 flex items-center justify-end rounded-lg pr-1 text-muted"
          onClick={() => setOpen((now) => !now)}
        >
          <span className={`transition-transform ${open ? "rotate-180" : ""}`}>
            <Icon name="chevron" />
          </span>
        </button>
      </div>
      <div id={id} hidden={!open} className="px-1 pt-2 pb-3">
        {open && children()}
      </div>
    </div>
  );
}
