import { useQuery } from "@tanstack/react-query";
import { type Housekeeping, housekeepingQuery } from "@/api/housekeeping";
import { Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Ago } from "@/components/Time";
import { formatBytes, formatDuration } from "@/lib/format";

/** Whether the database is backed up, and what is wrong with housekeeping. */
export function Backups() {
  const answer = useQuery(housekeepingQuery);
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={6} />}>
      {(state) => (
        <>
          {state.problems.map((problem) => (
            <p key={problem} role="alert" className="panel p-4">
              <Badge tone="warning">Problem</Badge> {problem}
            </p>
          ))}
          <section className="panel space-y-3 p-5">
            <Schedule backups={state.backups} />
          </section>
        </>
      )}
    </Loaded>
  );
}

function Schedule({ backups }: { backups: Housekeeping["backups"] }) {
  if (backups === null) {
    return (
      <p className="text-muted">
        None are scheduled: set <code>HOMELAB_CMD_BACKUP_DIR</code>, or run{" "}
        <code>homelab-cmd backup</code>.
      </p>
    );
  }
  return (
    <>
      <p>
        Every {formatDuration(backups.every_seconds)} into <code>{backups.folder}</code>, the newest{" "}
        {backups.keep} stay.
      </p>
      <p>
        {backups.last_at === null ? (
          "There is none yet."
        ) : (
          <>
            The last: <Ago time={backups.last_at} />, {formatBytes(backups.last_bytes)}.
          </>
        )}
      </p>
    </>
  );
}
