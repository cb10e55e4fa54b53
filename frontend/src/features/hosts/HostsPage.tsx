import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo, useRef } from "react";
import { meQuery } from "@/api/auth";
import { type ServerSummary, serversQuery } from "@/api/servers";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { AddHost } from "@/features/enrolment/AddHost";
import { Netdata } from "@/features/netdata/Netdata";
import { useKeys } from "@/lib/keys";
import { useMedia } from "@/lib/media";
import { setPreferences, usePreferences } from "@/lib/preferences";
import { usePageTitle } from "@/lib/title";
import { tally } from "./condition";
import { Filters } from "./Filters";
import { HostCards, HostTable } from "./HostTable";
import { type ListSearch, listed } from "./listing";
import { Summary } from "./Summary";

/** Every host, those in trouble first. */
export function HostsPage() {
  usePageTitle("Hosts");
  const answer = useQuery(serversQuery);
  return (
    <>
      <h1 className="sr-only">Hosts</h1>
      <Loaded answer={answer} skeleton={<Skeleton rows={7} height={64} />}>
        {({ servers }) => (servers.length ? <Hosts servers={servers} /> : <NoHosts />)}
      </Loaded>
    </>
  );
}

function Hosts({ servers }: { servers: readonly ServerSummary[] }) {
  const search = useSearch({ from: "/app/" });
  const navigate = useNavigate({ from: "/" });
  const { hostView } = usePreferences();
  const narrow = useMedia("(width < 48rem)");
  const list = useRef<HTMLDivElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const change = (changes: Partial<ListSearch>) =>
    navigate({ search: (before: ListSearch) => ({ ...before, ...changes }), replace: true });
  const query = useDeferredValue(search.q);
  const rows = useMemo(() => listed(servers, { ...search, q: query }), [servers, search, query]);
  useKeys({
    j: () => moveFocus(list.current, 1),
    k: () => moveFocus(list.current, -1),
    ArrowDown: () => moveFocus(list.current, 1),
    ArrowUp: () => moveFocus(list.current, -1),
    "/": () => filter.current?.focus(),
  });
  return (
    <div className="space-y-4">
      <Summary servers={servers} />
      <Filters
        inputRef={filter}
        search={search}
        counts={tally(servers)}
        tags={[...new Set(servers.flatMap((server) => server.tags))].sort()}
        onChange={change}
        view={narrow ? null : hostView}
        onView={(view) => setPreferences({ hostView: view })}
      />
      <div ref={list}>
        {rows.length === 0 ? (
          <div className="panel">
            <Empty title="No host matches">
              <button type="button" className="underline" onClick={() => navigate({ search: {} })}>
                Show all {servers.length}
              </button>
            </Empty>
          </div>
        ) : narrow || hostView === "cards" ? (
          <HostCards servers={rows} />
        ) : (
          <HostTable
            servers={rows}
            sort={search.sort ?? "trouble"}
            onSort={(sort) => change({ sort: sort === "trouble" ? undefined : sort })}
          />
        )}
      </div>
      <Netdata
        range={search.netdata ?? "5m"}
        onRange={(range) => change({ netdata: range === "5m" ? undefined : range })}
      />
    </div>
  );
}

/** Move the focus over the hosts' links; from outside, to the first one. */
function moveFocus(list: HTMLElement | null, step: 1 | -1): void {
  const links = [...(list?.querySelectorAll<HTMLElement>("[data-host-link]") ?? [])];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step));
  links[next]?.focus();
}

function NoHosts() {
  const { data: me } = useQuery(meQuery);
  return (
    <div className="panel mx-auto max-w-2xl p-6">
      {me?.scope === "admin" ? (
        <>
          <h2 className="mb-4 text-lg font-semibold">Add the first host</h2>
          <AddHost />
        </>
      ) : (
        <Empty title="No host yet">
          As soon as an agent reports, its host appears here by itself.
        </Empty>
      )}
    </div>
  );
}
