import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { agentsQuery, useRevokeAgent } from "@/api/enrolment";
import { type ServerSummary, serversQuery } from "@/api/servers";
import { Confirm } from "@/components/Confirm";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";
import { formatDuration } from "@/lib/format";

/** Which hosts may report, with what, and how their collectors fare. */
export function Agents() {
  const answer = useQuery(agentsQuery);
  const { data } = useQuery(serversQuery);
  const revoke = useRevokeAgent();
  return (
    <section className="panel p-5">
      <Loaded answer={answer} skeleton={<Skeleton rows={4} />}>
        {({ agents }) =>
          agents.length === 0 ? (
            <Empty title="No agent yet">
              <Link to="/add" className="underline">
                Add a host
              </Link>
            </Empty>
          ) : (
            <Table caption="Agents" columns={["Host", "Agent", "Collectors", "Token made", ""]}>
              {agents.map((agent) => {
                const server = data?.servers.find((one) => one.id === agent.server_id);
                return (
                  <tr key={agent.server_id}>
                    <td className="font-medium">
                      <Link to="/hosts/$serverId" params={{ serverId: agent.server_id }}>
                        {agent.server_id}
                      </Link>
                    </td>
                    <td>{server?.agent_version ?? "never reported"}</td>
                    <td>{server && <Collectors server={server} />}</td>
                    <td>
                      <Ago time={agent.created_at} />
                    </td>
                    <td className="text-right">
                      <Confirm
                        action="Revoke"
                        subject={`the agent of ${agent.server_id}`}
                        onConfirm={() => revoke.mutateAsync(agent.server_id)}
                      >
                        The host is refused from then on. What it measures meanwhile it keeps, until
                        it is added again.
                      </Confirm>
                    </td>
                  </tr>
                );
              })}
            </Table>
          )
        }
      </Loaded>
    </section>
  );
}

/** "5 well", and each one that failed with its error. */
function Collectors({ server }: { server: ServerSummary }) {
  const states = Object.entries(server.collectors);
  const failed = states.filter(([, state]) => !state.ok);
  const seconds = states.reduce((sum, [, state]) => sum + state.duration_seconds, 0);
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      <span title={`${formatDuration(seconds)} a cycle`}>{states.length - failed.length} well</span>
      {failed.map(([name, state]) => (
        <Badge key={name} tone="warning" title={state.error ?? undefined}>
          {name} failed
        </Badge>
      ))}
    </span>
  );
}
