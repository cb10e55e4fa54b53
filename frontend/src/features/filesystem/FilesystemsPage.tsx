import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Filesystem, type ServerSummary, serversQuery } from "@/api/servers";
import { Meter } from "@/components/Meter";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { conditionOf } from "@/features/hosts/condition";
import { nameOf } from "@/features/hosts/listing";
import { formatBytes, formatPercent, plural } from "@/lib/format";
import { usePageTitle } from "@/lib/title";
import { Badges } from "./Badges";
import { isAnswering, toneOf } from "./order";

interface Placed {
  server: ServerSummary;
  filesystem: Filesystem;
}

/** Every filesystem of every host, the fullest first. */
export function FilesystemsPage() {
  usePageTitle("Filesystems");
  const answer = useQuery(serversQuery);
  const { q = "" } = useSearch({ from: "/app/filesystems" });
  const navigate = useNavigate({ from: "/filesystems" });
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={8} height={48} />}>
      {({ servers }) => {
        const all = placed(servers);
        const shown = all.filter((one) => textOf(one).includes(q.trim().toLowerCase()));
        return (
          <>
            <header className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
              <h1 className="text-xl font-semibold">Filesystems</h1>
              <p className="text-muted">{totals(all)}</p>
              <input
                type="search"
                aria-label="Filter filesystems"
                placeholder="Filter by host, mount, device or type"
                className="field w-full sm:ml-auto sm:w-72"
                value={q}
                onChange={(event) =>
                  navigate({
                    search: event.target.value ? { q: event.target.value } : {},
                    replace: true,
                  })
                }
              />
            </header>
            <ul className="panel divide-y divide-line">
              {shown.map((one) => (
                <FilesystemLine key={`${one.server.id} ${one.filesystem.mount_point}`} {...one} />
              ))}
              {shown.length === 0 && (
                <li>
                  <Empty title={all.length ? "No filesystem matches" : "No filesystem yet"} />
                </li>
              )}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}

/** All filesystems with their hosts: what can still fill up first, by its share. */
function placed(servers: readonly ServerSummary[]): Placed[] {
  const calm = ({ filesystem }: Placed) =>
    Number(!isAnswering(filesystem)) + Number(Boolean(filesystem.read_only));
  return servers
    .flatMap((server) => (server.filesystems ?? []).map((filesystem) => ({ server, filesystem })))
    .sort(
      (one, other) => calm(one) - calm(other) || other.filesystem.percent - one.filesystem.percent,
    );
}

const textOf = ({ server, filesystem }: Placed) =>
  [nameOf(server), filesystem.mount_point, filesystem.device, filesystem.fs_type]
    .join(" ")
    .toLowerCase();

function totals(all: readonly Placed[]): string {
  const sum = (field: "used_bytes" | "total_bytes") =>
    all.reduce((total, { filesystem }) => total + filesystem[field], 0);
  return `${plural(all.length, "filesystem")}, ${formatBytes(sum("used_bytes"))} of ${formatBytes(sum("total_bytes"))} used`;
}

function FilesystemLine({ server, filesystem }: Placed) {
  const current = conditionOf(server).current && isAnswering(filesystem);
  const amounts = `${formatBytes(filesystem.available_bytes)} free of ${formatBytes(filesystem.total_bytes)}`;
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_4rem] items-center gap-x-4 px-4 py-2 [contain-intrinsic-size:auto_3.5rem] [content-visibility:auto] hover:bg-raised/60 sm:grid-cols-[minmax(0,1fr)_minmax(6rem,24rem)_4rem_11rem]">
      <div className="min-w-0">
        <Link
          to="/hosts/$serverId"
          params={{ serverId: server.id }}
          className="font-semibold break-all after:absolute after:inset-0"
        >
          {nameOf(server)}:{filesystem.mount_point}
        </Link>
        <p className="flex flex-wrap gap-x-2 text-xs text-muted">
          <span className="truncate">
            {filesystem.device} · {filesystem.fs_type}
          </span>
          <Badges filesystem={filesystem} />
        </p>
      </div>
      <div className={`max-sm:order-1 max-sm:col-span-2 ${current ? "" : "outdated"}`}>
        <Meter
          thick
          percent={filesystem.percent}
          tone={toneOf(filesystem)}
          label={`${nameOf(server)}:${filesystem.mount_point}`}
          text={amounts}
        />
      </div>
      <span className={`text-right font-semibold ${current ? "" : "outdated"}`}>
        {formatPercent(filesystem.percent)}
      </span>
      <span className="text-right text-xs text-muted max-sm:hidden">{amounts}</span>
    </li>
  );
}
