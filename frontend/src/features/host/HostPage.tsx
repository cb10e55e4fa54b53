import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import { hostLayoutQuery } from "@/api/layouts";
import { eventsQuery, type HostEvent } from "@/api/past";
import { type Server, serverQuery } from "@/api/servers";
import { ChartGroupContext, Crosshair } from "@/components/chart/group";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { EventList } from "@/features/events/EventList";
import { wordsFor, worthShowing } from "@/features/events/words";
import { nameOf } from "@/features/hosts/listing";
import { Then } from "@/features/past/Then";
import { useKeys } from "@/lib/keys";
import { between, type LookBack, type Window } from "@/lib/range";
import { usePageTitle } from "@/lib/title";
import { Collectors } from "./Collectors";
import { Header } from "./Header";
import { HiddenNote } from "./HiddenNote";
import { NowTiles } from "./NowTiles";
import { RangeBar } from "./RangeBar";
import { type HostRange, useHostRange } from "./useHostRange";
import { WidgetGrid } from "./WidgetGrid";

/** One host: who it is, how it does now, and how it did over the time on show. */
export function HostPage() {
  const { serverId } = useParams({ from: "/app/hosts/$serverId" });
  const [withHidden, setWithHidden] = useState(false);
  const answer = useQuery(serverQuery(serverId, withHidden));
  useQuery(hostLayoutQuery(serverId)); // at once, not only when the host is there to be drawn
  usePageTitle(answer.data ? nameOf(answer.data) : serverId);
  if (answer.error instanceof ApiError && answer.error.status === 404) {
    return (
      <Empty title={`There is no host ${serverId}`} isPage>
        <Link to="/" className="underline">
          Go to the hosts
        </Link>
      </Empty>
    );
  }
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={5} height={120} />}>
      {(server) => (
        <Host key={server.id} server={server}>
          <Collectors server={server} />
          <HiddenNote server={server} listed={withHidden} onListed={setWithHidden} />
        </Host>
      )}
    </Loaded>
  );
}

function Host({ server, children }: { server: Server; children: ReactNode }) {
  const range = useHostRange();
  const [crosshair] = useState(() => new Crosshair());
  const [tables, setTables] = useState(false);
  const [arranging, setArranging] = useState(false);
  const events = useEvents(server.id, range.window);
  const group = useChartGroupOf(range, crosshair, tables, events);
  const [lookBack, setLookBack] = useLookBack();
  useHostKeys(range, crosshair, () => setTables((on) => !on));
  return (
    <ChartGroupContext value={group}>
      <Header server={server} arranging={arranging} onArranging={setArranging} />
      <RangeBar
        range={range}
        crosshair={crosshair}
        lookBack={lookBack}
        onLookBack={setLookBack}
        tables={tables}
        onTables={setTables}
      />
      <div className="mt-4 space-y-4">
        {lookBack && <Then server={server} lookBack={lookBack} onChange={setLookBack} />}
        <NowTiles server={server} />
        <WidgetGrid server={server} arranging={arranging} onArranging={setArranging}>
          <EventList events={events} />
        </WidgetGrid>
        {children}
      </div>
    </ChartGroupContext>
  );
}

/** The moments looked back to, which stand in the address. */
function useLookBack(): [LookBack | null, (next: LookBack | null) => void] {
  const { at, than } = useSearch({ from: "/app/hosts/$serverId" });
  const navigate = useNavigate({ from: "/hosts/$serverId" });
  const set = (next: LookBack | null) =>
    void navigate({
      search: (before) => ({ ...before, at: undefined, than: undefined, ...next }),
    });
  return [at === undefined ? null : { at, than }, set];
}

function useChartGroupOf(
  range: HostRange,
  crosshair: Crosshair,
  tables: boolean,
  events: readonly HostEvent[],
) {
  const { window } = range;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the range's functions are new on every drawing and always do the same
  return useMemo(
    () => ({
      window,
      crosshair,
      tables,
      marks: marksOf(events),
      onZoom: (chosen: { from: number; to: number }) => range.hold(between(chosen)),
      onReset: () => range.follow(),
    }),
    [window, crosshair, tables, events],
  );
}

const NO_EVENTS: readonly HostEvent[] = [];

function useEvents(serverId: string, window: Window): readonly HostEvent[] {
  const { data } = useQuery(eventsQuery(serverId, window));
  return useMemo(() => (data ? worthShowing(data.events) : NO_EVENTS), [data]);
}

/** A gap is seen as one; all else gets its line. */
const marksOf = (events: readonly HostEvent[]) =>
  events
    .filter(({ kind }) => kind !== "gap")
    .map((event) => ({ time: Date.parse(event.time) / 1000, label: wordsFor(event) }));

function useHostKeys(range: HostRange, crosshair: Crosshair, toggleTables: () => void) {
  useKeys({
    ArrowLeft: () => range.move(-0.5),
    ArrowRight: () => !range.live && range.move(0.5),
    "+": () => range.zoom(0.5),
    "-": () => range.zoom(2),
    t: toggleTables,
    l: () => (range.live ? range.hold(between(range.window)) : range.follow()),
    Escape: () => crosshair.release(),
  });
}
