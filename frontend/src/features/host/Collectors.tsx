import type { Server } from "@/api/servers";
import { Disclosure } from "@/components/Disclosure";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { significant } from "@/lib/format/number";

/** How each of the agent's collectors fared the last time; those that failed say why. */
export function Collectors({ server }: { server: Server }) {
  const states = Object.entries(server.collectors).sort(([one], [other]) =>
    one.localeCompare(other),
  );
  if (states.length === 0) return null;
  const failed = states.filter(([, { ok }]) => !ok);
  const seconds = states.reduce((sum, [, state]) => sum + state.duration_seconds, 0);
  return (
    <section aria-labelledby="collectors" className="panel px-4 py-2">
      <Disclosure
        label="The agent's collectors"
        startsOpen={failed.length > 0}
        summary={
          <div className="flex flex-wrap items-baseline gap-x-3 py-1 pr-7">
            <h2 id="collectors" className="font-semibold">
              Agent
            </h2>
            <span className="text-muted">
              {states.length - failed.length} of {states.length} collectors well,{" "}
              {inMilliseconds(seconds)} a cycle
            </span>
            {failed.map(([name]) => (
              <Badge key={name} tone="warning">
                {name} failed
              </Badge>
            ))}
          </div>
        }
      >
        {() => (
          <Table caption="Collectors" columns={["Collector", "State", "Took", "Error"]}>
            {states.map(([name, { ok, duration_seconds, error }]) => (
              <tr key={name}>
                <td className="font-medium">{name}</td>
                <td>
                  <Badge tone={ok ? "ok" : "warning"}>{ok ? "well" : "failed"}</Badge>
                </td>
                <td>{inMilliseconds(duration_seconds)}</td>
                <td className="break-words">{error}</td>
              </tr>
            ))}
          </Table>
        )}
      </Disclosure>
    </section>
  );
}

const inMilliseconds = (seconds: number) => `${significant(seconds * 1000)} ms`;
