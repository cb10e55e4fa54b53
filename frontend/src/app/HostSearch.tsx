import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useState } from "react";
import { type ServerSummary, serversQuery } from "@/api/servers";
import { Dialog } from "@/components/Dialog";
import { Icon } from "@/components/Icon";
import { ToneShape } from "@/components/Status";
import { conditionOf } from "@/features/hosts/condition";
import { listed, nameOf } from "@/features/hosts/listing";

const MOST_SHOWN = 8;

/** Ctrl-K: go to a host by a few letters of its name. */
export function HostSearch() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
  return (
    <>
      <button
        type="button"
        className="button button-quiet button-icon max-[24rem]:hidden"
        aria-label="Search hosts"
        aria-keyshortcuts="Control+K"
        title="Search hosts (Ctrl-K)"
        onClick={() => setOpen(true)}
      >
        <Icon name="search" size={18} />
      </button>
      <Dialog open={open} title="Go to a host" onClose={() => setOpen(false)}>
        <Finder onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Finder({ onDone }: { onDone: () => void }) {
  const { data } = useQuery(serversQuery);
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = listed(data?.servers ?? [], { q: text.trim() || undefined, sort: "name" });
  const shown = found.slice(0, MOST_SHOWN);
  const go = (server: ServerSummary | undefined) => {
    if (!server) return;
    onDone();
    void navigate({ to: "/hosts/$serverId", params: { serverId: server.id } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((now) => Math.min(shown.length - 1, Math.max(0, now + step)));
    else if (event.key === "Enter") go(shown[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        role="combobox"
        aria-label="Host"
        aria-expanded="true"
        aria-controls="found-hosts"
        aria-activedescendant={shown[at] ? `found-${shown[at].id}` : undefined}
        className="field w-full"
        placeholder="Name, system or address"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="found-hosts" role="listbox" aria-label="Hosts found" className="mt-2">
        {shown.map((server, index) => (
          <div
            key={server.id}
            id={`found-${server.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 aria-selected:bg-raised"
            onClick={() => go(server)}
            onKeyDown={onKeyDown}
            onMouseMove={() => setAt(index)}
          >
            <ToneShape tone={conditionOf(server).tone} />
            <span className="min-w-0 truncate">{nameOf(server)}</span>
            <span className="ml-auto text-xs text-muted">{conditionOf(server).word}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="mt-3 text-muted">No host matches.</p>}
    </>
  );
}
