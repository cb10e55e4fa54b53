import { useQuery } from "@tanstack/react-query";
import { auditQuery } from "@/api/accounts";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";

/** Logins, credentials and deletions, newest first. */
export function Audit() {
  const answer = useQuery(auditQuery);
  return (
    <section className="panel p-5">
      <Loaded answer={answer} skeleton={<Skeleton rows={6} />}>
        {({ entries }) =>
          entries.length === 0 ? (
            <Empty title="Nothing yet" />
          ) : (
            <Table caption="What was done" columns={["When", "Who", "What", "To", "From"]}>
              {entries.map((entry) => (
                <tr key={entry.id}>
                  <td>
                    <Ago time={entry.time} />
                  </td>
                  <td>{entry.actor}</td>
                  <td>{entry.action}</td>
                  <td>{entry.subject}</td>
                  <td>{entry.address}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </section>
  );
}
