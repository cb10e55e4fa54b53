import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useMemo } from "react";
import { ALL_FILESYSTEMS, filesystemsQuery, type PlacedFilesystem } from "@/api/past";
import { serversQuery } from "@/api/servers";
import { Meter } from "@/components/Meter";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { nameOf } from "@/features/hosts/listing";
import { formatBytes, formatPercent, middleEllipsis, plural } from "@/lib/format";
import { usePageTitle } from "@/lib/title";
import { Badges } from "./Badges";
import { toneOf } from "./order";
import { trendOf } from "./trend";

/** Every filesystem of every host, the soonest full first. */
export function FilesystemsPage() {
  usePageTitle("Filesystems");
  const answer = useQuery(filesystemsQuery(ALL_FILESYSTEMS));
  const names = useHostNames();
  const { q = "" } = useSearch({ from: "/app/filesystems" });
  const navigate = useNavigate({ from: "/filesystems" });
  const word = useDeferredValue(q.trim().toLowerCase());
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={8} height={48} />}>
      {({ filesystems, total }) => {
        const shown = filesystems.filter((one) => textOf(one, names).includes(word));
        return (
          <>
            <header className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
              <h1 className="text-xl font-semibold">Filesystems</h1>
              <p className="text-muted">{totals(filesystems, total)}, the soonest full first</p>
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
                <FilesystemLine
                  key={`${one.server_id} ${one.mount_point}`}
                  filesystem={one}
                  name={nameIn(names, one)}
                />
              ))}
              {shown.length === 0 && (
                <li>
                  <Empty title={total ? "No filesystem matches" : "No filesystem yet"} />
                </li>
              )}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}

type HostNames = ReadonlyMap<string, string>;

/** What people call their hosts, by id. */
function useHostNames(): HostNames {
  const { data } = useQuery(serversQuery);
  return useMemo(() => new Map(data?.servers.map((server) => [server.id, nameOf(server)])), [data]);
}

const nameIn = (names: HostNames, { server_id }: PlacedFilesystem) =>
  names.get(server_id) ?? server_id;

const textOf = (one: PlacedFilesystem, names: HostNames) =>
  `${nameIn(names, one)}:${one.mount_point} ${one.device} ${one.fs_type}`.toLowerCase();

function totals(all: readonly PlacedFilesystem[], total: number): string {
  const sum = (field: "used_bytes" | "total_bytes") =>
    all.reduce((bytes, filesystem) => bytes + filesystem[field], 0);
  return `${plural(total, "filesystem")}, ${formatBytes(sum("used_bytes"))} of ${formatBytes(sum("total_bytes"))} used`;
}

function FilesystemLine({ filesystem, name }: { filesystem: PlacedFilesystem; name: string }) {
  const { current, forecast, mount_point, percent, server_id } = filesystem;
  const place = `${name}:${mount_point}`;
  const amounts = `${formatBytes(filesystem.available_bytes)} free of ${formatBytes(filesystem.total_bytes)}`;
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_4rem] items-center gap-x-4 px-4 py-2 [contain-intrinsic-size:auto_3.5rem] [content-visibility:auto] hover:bg-raised/60 sm:grid-cols-[minmax(0,1fr)_minmax(6rem,20rem)_4rem] lg:grid-cols-[minmax(0,1fr)_minmax(6rem,20rem)_4rem_19rem]">
      <div className="min-w-0">
        <Link
          to="/hosts/$serverId"
          params={{ serverId: server_id }}
          title={place}
          className="font-semibold break-all after:absolute after:inset-0"
        >
          {middleEllipsis(place, 64)}
        </Link>
        <p className="flex flex-wrap gap-x-2 text-xs text-muted">
          <span className="truncate" title={filesystem.device}>
            {middleEllipsis(filesystem.device, 36)} · {filesystem.fs_type}
          </span>
          <Badges filesystem={filesystem} />
          {!current && <span>last known values</span>}
        </p>
      </div>
      <div className={`max-sm:order-1 max-sm:col-span-2 ${current ? "" : "outdated"}`}>
        <Meter thick percent={percent} tone={toneOf(filesystem)} label={place} text={amounts} />
      </div>
      <span className={`text-right font-semibold ${current ? "" : "outdated"}`}>
        {formatPercent(percent)}
      </span>
      <p className="text-xs text-muted max-lg:order-2 max-lg:col-span-full lg:text-right">
        {amounts}
        {current && forecast && (
          <span className="max-lg:before:content-['_·_'] lg:block">
            {trendOf(forecast, new Date())}
          </span>
        )}
      </p>
    </li>
  );
}
