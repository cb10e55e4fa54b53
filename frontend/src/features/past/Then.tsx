import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { atQuery } from "@/api/past";
import type { Server } from "@/api/servers";
import { Dialog } from "@/components/Dialog";
import { Icon } from "@/components/Icon";
import { Loaded, Skeleton } from "@/components/States";
import { formatMoment } from "@/lib/format";
import type { LookBack } from "@/lib/range";
import { Differences } from "./Differences";
import { MomentsForm } from "./MomentsForm";
import { PastHost } from "./PastHost";

interface ThenProps {
  server: Server;
  lookBack: LookBack;
  /** null closes it. */
  onChange: (next: LookBack | null) => void;
}

/** The whole host as it was at a moment, or what differs between that moment and another. */
export function Then({ server, lookBack, onChange }: ThenProps) {
  const { at, than } = lookBack;
  const [choosing, setChoosing] = useState(false);
  const compared = than !== undefined;
  return (
    <section aria-labelledby="then" className="panel border-accent/50 p-4">
      <header className="mb-3 flex flex-wrap items-center gap-2">
        <h2 id="then" className="flex items-center gap-2 font-semibold">
          <Icon name="clock" /> As of {momentOf(at)}
          {compared && ` and ${than === "now" ? "now" : momentOf(than)}`}
        </h2>
        <div className="ml-auto flex flex-wrap gap-2">
          <button
            type="button"
            className="button min-h-8 text-xs"
            aria-pressed={compared}
            onClick={() => onChange(compared ? { at } : { at, than: "now" })}
          >
            {compared ? "Show what was" : "Compare with now"}
          </button>
          <button
            type="button"
            className="button min-h-8 text-xs"
            onClick={() => setChoosing(true)}
          >
            Choose moments
          </button>
          <button
            type="button"
            className="button button-quiet button-icon min-h-8"
            aria-label="Close the look back"
            onClick={() => onChange(null)}
          >
            <Icon name="close" />
          </button>
        </div>
      </header>
      {compared ? (
        <Differences key={`${at} ${than}`} serverId={server.id} one={at} other={than} />
      ) : (
        <Moment serverId={server.id} time={at} />
      )}
      <Dialog open={choosing} title="Look back to" onClose={() => setChoosing(false)}>
        <MomentsForm
          lookBack={lookBack}
          onChoose={(chosen) => {
            onChange(chosen);
            setChoosing(false);
          }}
        />
      </Dialog>
    </section>
  );
}

const momentOf = (seconds: number) => formatMoment(new Date(seconds * 1000), new Date());

function Moment({ serverId, time }: { serverId: string; time: number }) {
  const answer = useQuery(atQuery(serverId, time));
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
      {(past) => <PastHost past={past} />}
    </Loaded>
  );
}
