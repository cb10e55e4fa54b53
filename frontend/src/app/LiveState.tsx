import { useSearch } from "@tanstack/react-router";
import { useConnection } from "@/api/connection";
import { Status } from "@/components/Status";
import { useNow } from "@/lib/clock";
import { formatMoment } from "@/lib/format";

/** Whether what one sees follows the hosts, stands still, or is cut off. */
export function LiveState() {
  const { awaySince } = useConnection();
  const search = useSearch({ strict: false });
  const now = useNow();
  if (awaySince) {
    return (
      <span title={`Server not reachable since ${formatMoment(awaySince, now)}`}>
        <Status tone="critical">
          <span className="hidden md:inline">Server not reachable since </span>
          {formatMoment(awaySince, now)}
        </Status>
      </span>
    );
  }
  const paused = search.from !== undefined;
  return (
    <span className="px-1 text-xs" aria-live="polite">
      <Status tone={paused ? "idle" : "ok"}>{paused ? "Paused" : "Live"}</Status>
    </span>
  );
}
