import { Link } from "@tanstack/react-router";
import type { Server } from "@/api/servers";

interface HiddenNoteProps {
  server: Server;
  /** Whether what is hidden is listed all the same. */
  listed: boolean;
  onListed: (listed: boolean) => void;
}

/** Says how much of a host the hide rules leave out, and shows it on demand. */
export function HiddenNote({ server, listed, onListed }: HiddenNoteProps) {
  const counts = Object.entries(server.hidden).map(
    ([family, keys]) => `${keys.length} of ${family.replaceAll("_", " ")}`,
  );
  if (counts.length === 0) return null;
  return (
    <p className="flex flex-wrap items-baseline gap-x-3 text-muted">
      <span>
        {listed ? "Listed although hidden" : "Hidden"}: {counts.join(", ")}.
      </span>
      <button type="button" className="underline" onClick={() => onListed(!listed)}>
        {listed ? "Hide again" : "Show"}
      </button>
      <Link to="/settings/$section" params={{ section: "hidden" }} className="underline">
        Rules
      </Link>
    </p>
  );
}
