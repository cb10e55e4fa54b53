import type { Filesystem } from "@/api/servers";
import { Badge } from "@/components/Status";
import { formatPercent } from "@/lib/format";
import { inodeShare } from "./order";

/** What is out of the ordinary with a filesystem, in a word each. */
export function Badges({ filesystem }: { filesystem: Filesystem }) {
  const inodes = inodeShare(filesystem);
  return (
    <>
      {filesystem.state === "stale" && (
        <Badge tone="warning" title="Mounted, but it does not answer; these are the last values.">
          not answering
        </Badge>
      )}
      {filesystem.state === "missing" && (
        <Badge tone="warning" title="It was mounted and is gone; these are the last values.">
          missing
        </Badge>
      )}
      {filesystem.read_only && <Badge tone="idle">read-only</Badge>}
      {inodes !== null && <Badge tone="warning">inodes {formatPercent(inodes)}</Badge>}
    </>
  );
}
