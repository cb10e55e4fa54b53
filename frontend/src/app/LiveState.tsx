import { useSearch } from "@tanstack/react-router";
import { useConnection } from "@/api/connection";
import { type LiveState as StreamState, useLiveState } from "@/api/live";
import { Status, type Tone } from "@/components/Status";
import { useNow } from "@/lib/clock";
import { formatMoment } from "@/lib/format";

/** Whether what one sees follows the hosts, stands still, or is cut off. */
export function LiveState() {
  const { awaySince } = useConnection();
  const search = useSearch({ strict: false });
  const live = useLiveState();
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
  const [tone, word] = wordFor(search.from !== undefined, live);
  return (
    <span className="px-1 text-xs" aria-live="polite">
      <Status tone={tone}>{word}</Status>
    </span>
  );
}

/** While the stream is being opened again the page asks every few seconds: no sample is missed. */
function wordFor(paused: boolean, live: StreamState): [Tone, string] {
  if (paused) return ["idle", "Paused"];
  return live === "open" ? ["ok", "Live"] : ["idle", "Reconnecting…"];
}
