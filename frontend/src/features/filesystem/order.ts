import type { Filesystem } from "@/api/servers";
import { toneOfShare } from "@/components/Meter";
import type { Tone } from "@/components/Status";

/** Mounts that do not answer or are gone first, then the fullest. */
export function worstFirst(filesystems: readonly Filesystem[]): Filesystem[] {
  return [...filesystems].sort(
    (one, other) =>
      Number(isAnswering(one)) - Number(isAnswering(other)) ||
      other.percent - one.percent ||
      one.mount_point.localeCompare(other.mount_point),
  );
}

/** Whether the numbers of a filesystem are of now. */
export const isAnswering = (filesystem: Filesystem): boolean => (filesystem.state ?? "ok") === "ok";

/** From where on inodes are worth a word. */
const INODES_WORTH_SAYING_PERCENT = 70;

/** The share of inodes in use, where it is worth saying; else null. */
export function inodeShare({ inodes_used, inodes_total }: Filesystem): number | null {
  if (!inodes_total || inodes_used === null || inodes_used === undefined) return null;
  const percent = (100 * inodes_used) / inodes_total;
  return percent > INODES_WORTH_SAYING_PERCENT ? percent : null;
}

/** The tone of a filesystem's bar; what can't be written to is full for good, and no trouble. */
export const toneOf = (filesystem: Filesystem): Tone =>
  isAnswering(filesystem) && !filesystem.read_only ? toneOfShare(filesystem.percent) : "idle";
