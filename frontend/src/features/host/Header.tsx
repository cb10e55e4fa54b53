import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Server, useServerActions } from "@/api/servers";
import { Dialog } from "@/components/Dialog";
import { Field } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { Menu, MenuItem, MenuLine } from "@/components/Menu";
import { FailureBanner } from "@/components/States";
import { Status } from "@/components/Status";
import { conditionOf } from "@/features/hosts/condition";
import { nameOf } from "@/features/hosts/listing";
import { useNow } from "@/lib/clock";
import { formatAbsolute, formatAgo, formatBytes, formatDuration } from "@/lib/format";

interface HeaderProps {
  server: Server;
  /** Whether its widgets are being arranged. */
  arranging: boolean;
  onArranging: (on: boolean) => void;
}

/** Who the host is and how it does, with what one can do to it. */
export function Header({ server, arranging, onArranging }: HeaderProps) {
  const condition = conditionOf(server);
  const now = useNow();
  return (
    <header className="mb-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="min-w-0 truncate text-2xl font-semibold tracking-tight" title={server.id}>
          {nameOf(server)}
        </h1>
        <Status tone={condition.tone}>{condition.word}</Status>
        <span className="text-muted">
          {server.last_seen ? (
            <time dateTime={server.last_seen} title={formatAbsolute(new Date(server.last_seen))}>
              seen {formatAgo(new Date(server.last_seen), now)}
            </time>
          ) : (
            "never seen"
          )}
        </span>
        <div className="ml-auto flex items-center">
          <button
            type="button"
            className="button button-quiet"
            aria-pressed={arranging}
            onClick={() => onArranging(!arranging)}
          >
            <Icon name="grid" /> Arrange
          </button>
          <HostMenu server={server} />
        </div>
      </div>
      <dl className="mt-1 flex flex-wrap gap-x-5 gap-y-0.5 text-muted">
        {factsOf(server).map(([name, fact]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="sr-only">{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

/** The facts that are known, each with the name that a screen reader gives it. */
function factsOf(server: Server): [name: string, fact: ReactNode][] {
  const memory = server.latest_metrics?.memory_total_bytes;
  const cores = server.cpu_cores ? ` × ${server.cpu_cores}` : "";
  const facts: [string, string | null | undefined | false][] = [
    ["System", [server.os_distribution, server.os_version].filter(Boolean).join(" ")],
    ["Kernel", server.os_kernel],
    ["Architecture", server.os_architecture],
    ["Processor", server.cpu_model && `${server.cpu_model}${cores}`],
    ["Memory", Boolean(memory) && `${formatBytes(memory)} memory`],
    ["Uptime", server.uptime_seconds !== null && `up ${formatDuration(server.uptime_seconds)}`],
    ["Addresses", server.ip_addresses?.slice(0, 2).join(", ")],
    ["Agent", server.agent_version && `agent ${server.agent_version}`],
  ];
  return facts.filter((fact): fact is [string, string] => Boolean(fact[1]));
}

type Asking = "rename" | "remove" | null;

function HostMenu({ server }: { server: Server }) {
  const [asking, setAsking] = useState<Asking>(null);
  const { pause } = useServerActions(server.id);
  const paused = server.status === "paused";
  const close = () => setAsking(null);
  return (
    <>
      <Menu label={`Actions for ${nameOf(server)}`} button={<Icon name="menu" size={18} />}>
        <MenuItem icon="settings" onSelect={() => setAsking("rename")}>
          Rename and tag
        </MenuItem>
        <MenuItem icon={paused ? "play" : "pause"} onSelect={() => pause.mutate(!paused)}>
          {paused ? "Resume" : "Pause"}
        </MenuItem>
        <MenuLine />
        <MenuItem icon="trash" danger onSelect={() => setAsking("remove")}>
          Remove
        </MenuItem>
      </Menu>
      {pause.error && <FailureBanner cause={pause.error.message} />}
      <Dialog open={asking === "rename"} title="Rename and tag" onClose={close}>
        <RenameForm server={server} onDone={close} />
      </Dialog>
      <Dialog open={asking === "remove"} title={`Remove ${nameOf(server)}?`} onClose={close}>
        <RemoveForm server={server} onCancel={close} />
      </Dialog>
    </>
  );
}

function RenameForm({ server, onDone }: { server: Server; onDone: () => void }) {
  const { update } = useServerActions(server.id);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const display_name = String(form.get("name")).trim() || null;
    const tags = String(form.get("tags"))
      .split(/[\s,]+/)
      .filter(Boolean);
    update.mutate({ display_name, tags }, { onSuccess: onDone });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit}>
      <Field label="Name" name="name" maxLength={255} defaultValue={nameOf(server)} />
      <Field
        label="Tags"
        name="tags"
        defaultValue={server.tags.join(" ")}
        hint="Words with blanks between them; the list can be filtered by them."
      />
      {update.error && <FailureBanner cause={update.error.message} />}
      <button type="submit" className="button button-primary" disabled={update.isPending}>
        Save
      </button>
    </form>
  );
}

function RemoveForm({ server, onCancel }: { server: Server; onCancel: () => void }) {
  const { remove } = useServerActions(server.id);
  const navigate = useNavigate();
  return (
    <div className="flex flex-col gap-4">
      <p>
        Its history goes with it, and its agent's token ends at once. This can't be undone; to keep
        the history, pause it instead.
      </p>
      {remove.error && <FailureBanner cause={remove.error.message} />}
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={onCancel}>
          Keep it
        </button>
        <button
          type="button"
          className="button button-danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: () => navigate({ to: "/" }) })}
        >
          Remove {nameOf(server)}
        </button>
      </div>
    </div>
  );
}
