import { useQuery } from "@tanstack/react-query";
import { type Housekeeping, housekeepingQuery } from "@/api/housekeeping";
import { Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";
import { formatBytes, formatDays, formatDuration } from "@/lib/format";

const TIERS: Record<string, string> = {
  raw: "Every sample",
  minute: "Minutes",
  hour: "Hours",
  day: "Days",
};

/** How much there is, how far back it goes, and whether it is backed up. */
export function Storage() {
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
            <h2 className="font-semibold">Database</h2>
            <p>
              {formatBytes(state.database_bytes)}
              {state.max_size_bytes !== null && ` of at most ${formatBytes(state.max_size_bytes)}`},{" "}
              {formatBytes(state.free_bytes)} of it free to use.
            </p>
            {state.limited && <p className="text-muted">{state.limited}</p>}
            <Table caption="How far back it goes" columns={["", "Kept", "Since"]}>
              {state.tiers.map((tier) => (
                <tr key={tier.tier}>
                  <td className="font-medium">{TIERS[tier.tier] ?? tier.tier}</td>
                  <td>{tier.kept_days === null ? "for ever" : formatDays(tier.kept_days)}</td>
                  <td>
                    {tier.since === null ? "the beginning" : tier.since.slice(0, 10)}{" "}
                    {tier.limited && <Badge tone="warning">cut by the bound</Badge>}
                  </td>
                </tr>
              ))}
            </Table>
          </section>
          <section className="panel space-y-3 p-5">
            <h2 className="font-semibold">Backups</h2>
            <Backups backups={state.backups} />
          </section>
        </>
      )}
    </Loaded>
  );
}

function Backups({ backups }: { backups: Housekeeping["backups"] }) {
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
