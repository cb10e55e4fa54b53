import { useState } from "react";
import type { HostEvent } from "@/api/past";
import { useChartGroup } from "@/components/chart/group";
import { Ago } from "@/components/Time";
import { plural } from "@/lib/format";
import { wordsFor } from "./words";

/** So many are listed at once; the newest count. */
const FEW = 8;
const MOST_LISTED = 200;

/** What happened in the time on show, newest first; a click points at it on all charts. */
export function EventList({ events }: { events: readonly HostEvent[] }) {
  const { crosshair } = useChartGroup();
  const [all, setAll] = useState(false);
  const listed = [...events].reverse().slice(0, all ? MOST_LISTED : FEW);
  return (
    <section aria-labelledby="events" className="panel p-4">
      <h2 id="events" className="mb-2 font-semibold">
        Events
      </h2>
      {listed.length === 0 && <p className="text-muted">Nothing happened in this time.</p>}
      <ul className="max-h-96 divide-y divide-line overflow-y-auto">
        {listed.map((event) => (
          <li key={`${event.time} ${event.kind} ${event.family} ${event.key}`}>
            <button
              type="button"
              className="flex w-full items-baseline gap-4 rounded px-1 py-1.5 text-left hover:bg-raised"
              onClick={() => crosshair.pin(Date.parse(event.time) / 1000)}
            >
              <span className="min-w-0 flex-1 break-words">{wordsFor(event)}</span>
              <span className="text-xs text-muted">
                <Ago time={event.time} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      {events.length > FEW && (
        <button type="button" className="button mt-2 w-full" onClick={() => setAll((now) => !now)}>
          {all ? `Show the ${FEW} newest` : `Show all ${plural(events.length, "event")}`}
        </button>
      )}
      {all && events.length > MOST_LISTED && (
        <p className="pt-2 text-xs text-muted">and {events.length - MOST_LISTED} earlier ones</p>
      )}
    </section>
  );
}
