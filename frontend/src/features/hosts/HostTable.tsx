import { Link } from "@tanstack/react-router";
import { memo, type ReactNode } from "react";
import type { ServerSummary } from "@/api/servers";
import { Icon } from "@/components/Icon";
import { Badge, Status } from "@/components/Status";
import { useNearScreen } from "@/lib/near-screen";
import {
  CpuCell,
  DiskCell,
  MemoryCell,
  NetworkCell,
  SeenCell,
  systemOf,
  TemperatureCell,
} from "./cells";
import { conditionOf } from "./condition";
import { nameOf, type Sort } from "./listing";

interface HostsProps {
  servers: readonly ServerSummary[];
  sort: Sort;
  onSort: (sort: Sort) => void;
}

const COLUMNS: readonly { name: string; sort: Sort; wide?: boolean }[] = [
  { name: "Status", sort: "trouble" },
  { name: "Name", sort: "name" },
  { name: "CPU, 24 h", sort: "cpu" },
  { name: "Memory", sort: "memory" },
  { name: "Fullest disk", sort: "disk" },
  { name: "Network", sort: "network", wide: true },
  { name: "Hottest", sort: "temperature", wide: true },
  { name: "Last seen", sort: "seen", wide: true },
];

const GRID =
  "grid grid-cols-[5.5rem_minmax(8rem,1.3fr)_minmax(9rem,1.2fr)_5rem_minmax(8rem,1fr)] gap-x-5 px-4 lg:grid-cols-[5.5rem_minmax(9rem,1.3fr)_minmax(9rem,1.2fr)_5rem_minmax(8rem,1fr)_7.5rem_4rem_5.5rem]";

/** The hosts as a table. */
export function HostTable({ servers, sort, onSort }: HostsProps) {
  return (
    <div role="table" aria-label="Hosts" aria-rowcount={servers.length + 1} className="panel">
      <div role="rowgroup" className="border-b border-line text-xs text-muted">
        <div role="row" className={`${GRID} py-1`}>
          {COLUMNS.map((column) => (
            <div
              key={column.sort}
              role="columnheader"
              aria-sort={sort === column.sort ? "descending" : "none"}
              className={column.wide ? "hidden lg:block" : ""}
            >
              <button
                type="button"
                className={`-ml-1 flex items-center gap-0.5 rounded px-1 py-1 font-medium hover:text-ink ${sort === column.sort ? "text-ink" : ""}`}
                onClick={() => onSort(column.sort)}
              >
                {column.name}
                {sort === column.sort && <Icon name="chevron" size={14} />}
              </button>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="divide-y divide-line">
        {servers.map((server, index) => (
          <HostRow key={server.id} server={server} drawn={isDrawnAtOnce(servers, index)} />
        ))}
      </div>
    </div>
  );
}

/** Up to so many hosts every row is drawn; of more, those on the screen or near it. */
const MOST_DRAWN = 50;
/** So many rows fill a screen and what is near it. */
const FIRST_DRAWN = 25;

const isDrawnAtOnce = (servers: readonly ServerSummary[], index: number) =>
  servers.length <= MOST_DRAWN || index < FIRST_DRAWN;

interface RowProps {
  server: ServerSummary;
  /** Whether it is drawn whole before it is known where it stands. */
  drawn: boolean;
}

const HostRow = memo(function HostRow({ server, drawn }: RowProps) {
  const condition = conditionOf(server);
  const [ref, near] = useNearScreen(drawn);
  return (
    <div
      ref={ref}
      role="row"
      className={`${GRID} relative min-h-14 items-center py-2.5 [contain-intrinsic-size:auto_4rem] [content-visibility:auto] last:rounded-b-xl hover:bg-raised/60 focus-within:bg-raised/60`}
    >
      <div role="cell">
        <Status tone={condition.tone}>{condition.word}</Status>
      </div>
      <div role="cell" className="min-w-0">
        <HostLink server={server} />
        <p className="truncate text-xs text-muted">{systemOf(server)}</p>
      </div>
      {near && <Values server={server} current={condition.current} />}
    </div>
  );
});

function Values({ server, current }: { server: ServerSummary; current: boolean }) {
  return (
    <>
      <ValueCell current={current}>
        <CpuCell server={server} />
      </ValueCell>
      <ValueCell current={current}>
        <MemoryCell server={server} />
      </ValueCell>
      <ValueCell current={current}>
        <DiskCell server={server} />
      </ValueCell>
      <ValueCell current={current} wide>
        <NetworkCell server={server} />
      </ValueCell>
      <ValueCell current={current} wide>
        <TemperatureCell server={server} />
      </ValueCell>
      <div role="cell" className="hidden lg:block">
        <SeenCell server={server} />
      </div>
    </>
  );
}

interface ValueCellProps {
  current: boolean;
  wide?: boolean;
  children: ReactNode;
}

/** A cell whose value is the last one known: greyed where that is not of now. */
function ValueCell({ current, wide = false, children }: ValueCellProps) {
  return (
    <div
      role="cell"
      title={current ? undefined : "the last values known, not current"}
      className={`min-w-0 ${wide ? "hidden lg:block" : ""} ${current ? "" : "outdated"}`}
    >
      {children}
    </div>
  );
}

/** The link that carries the row: its area covers all of it. */
function HostLink({ server }: { server: ServerSummary }) {
  const name = nameOf(server);
  return (
    <span className="flex min-w-0 items-center gap-2">
      <Link
        to="/hosts/$serverId"
        params={{ serverId: server.id }}
        data-host-link
        title={name}
        className="truncate font-semibold after:absolute after:inset-0 after:rounded-[inherit]"
      >
        {name}
      </Link>
      {server.tags.slice(0, 2).map((tag) => (
        <Badge key={tag} tone="idle">
          {tag}
        </Badge>
      ))}
    </span>
  );
}

/** The hosts as cards, for narrow screens and for those who like them. */
export function HostCards({ servers }: { servers: readonly ServerSummary[] }) {
  return (
    <ul className="grid grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {servers.map((server, index) => (
        <HostCard key={server.id} server={server} drawn={isDrawnAtOnce(servers, index)} />
      ))}
    </ul>
  );
}

const HostCard = memo(function HostCard({ server, drawn }: RowProps) {
  const condition = conditionOf(server);
  const [ref, near] = useNearScreen(drawn);
  return (
    <li
      ref={ref}
      className="panel relative min-h-44 space-y-3 p-4 [contain-intrinsic-size:auto_12rem] [content-visibility:auto] focus-within:border-line-strong hover:border-line-strong"
    >
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <HostLink server={server} />
          <p className="truncate text-xs text-muted">{systemOf(server)}</p>
        </div>
        <Status tone={condition.tone}>{condition.word}</Status>
      </div>
      {near && <CardValues server={server} current={condition.current} />}
    </li>
  );
});

function CardValues({ server, current }: { server: ServerSummary; current: boolean }) {
  return (
    <>
      <div className={`space-y-3 ${current ? "" : "outdated"}`}>
        <Labelled name="CPU">
          <CpuCell server={server} />
        </Labelled>
        <div className="grid grid-cols-[5rem_1fr] gap-x-5">
          <Labelled name="Memory">
            <MemoryCell server={server} />
          </Labelled>
          <Labelled name="Fullest disk">
            <DiskCell server={server} />
          </Labelled>
        </div>
      </div>
      <div className="flex items-end justify-between gap-3 text-xs">
        <div className={current ? "" : "outdated"}>
          <NetworkCell server={server} />
        </div>
        <SeenCell server={server} />
      </div>
    </>
  );
}

function Labelled({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="text-xs text-muted">{name}</p>
      {children}
    </div>
  );
}
