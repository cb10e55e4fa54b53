import { type FormEvent, useState } from "react";
import { type Crosshair, usePinnedTime } from "@/components/chart/group";
import { Dialog } from "@/components/Dialog";
import { Field } from "@/components/Field";
import { Icon } from "@/components/Icon";
import { formatMoment, formatSpan } from "@/lib/format";
import { fromLocalInput, toLocalInput } from "@/lib/moment-input";
import { between, type LookBack, SPANS, type Window } from "@/lib/range";
import type { HostRange } from "./useHostRange";

interface RangeBarProps {
  crosshair: Crosshair;
  /** The moments that the host is shown as of; null: only now. */
  lookBack: LookBack | null;
  onLookBack: (next: LookBack) => void;
  range: HostRange;
  tables: boolean;
  onTables: (on: boolean) => void;
}

/** The time on show for the whole host: spans, back and forward, live or paused. */
export function RangeBar(props: RangeBarProps) {
  const { range, crosshair, lookBack, onLookBack, tables, onTables } = props;
  const [custom, setCustom] = useState(false);
  const { window, live, span } = range;
  const pinned = usePinnedTime(crosshair);
  return (
    <div
      role="toolbar"
      aria-label="Time on show"
      className="sticky top-14 z-30 -mx-4 flex flex-wrap items-center gap-2 border-b border-line bg-page/90 px-4 py-2 backdrop-blur sm:-mx-6 sm:px-6"
    >
      <div className="panel flex max-w-full flex-wrap p-0.5">
        {SPANS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={span === one}
            className={`min-h-8 rounded-lg px-2 text-xs font-medium sm:px-2.5 ${span === one ? "bg-accent text-on-accent" : "text-muted hover:bg-raised hover:text-ink"}`}
            onClick={() => range.follow(one)}
          >
            {one}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={!live}
          className={`min-h-8 rounded-lg px-2 text-xs font-medium sm:px-2.5 ${live ? "text-muted hover:bg-raised hover:text-ink" : "bg-accent text-on-accent"}`}
          onClick={() => setCustom(true)}
        >
          {live
            ? "custom"
            : formatSpan(new Date(window.from * 1000), new Date(window.to * 1000), new Date())}
        </button>
      </div>
      <div className="flex items-center">
        <BarButton icon="back" label="Back by half" onClick={() => range.move(-0.5)} />
        <BarButton
          icon="forward"
          label="Forward by half"
          disabled={live}
          onClick={() => range.move(0.5)}
        />
      </div>
      <button
        type="button"
        className="button min-h-8 text-xs"
        aria-keyshortcuts="L"
        onClick={() => (live ? range.hold(between(window)) : range.follow())}
      >
        <Icon name={live ? "pause" : "play"} size={14} />
        {live ? "Pause" : "Back to live"}
      </button>
      <button
        type="button"
        className="button min-h-8 text-xs"
        aria-pressed={tables}
        aria-keyshortcuts="T"
        onClick={() => onTables(!tables)}
      >
        <Icon name="table" size={14} />
        {tables ? "Charts" : "Tables"}
      </button>
      {pinned !== null && (
        <PinnedMoment time={Math.floor(pinned)} lookBack={lookBack} onLookBack={onLookBack} />
      )}
      <Dialog open={custom} title="Show the time between" onClose={() => setCustom(false)}>
        <CustomRange
          window={window}
          onChoose={(chosen) => {
            range.hold(between(chosen));
            setCustom(false);
          }}
        />
      </Dialog>
    </div>
  );
}

interface PinnedMomentProps extends Pick<RangeBarProps, "lookBack" | "onLookBack"> {
  time: number;
}

/** What can be done with the moment that a click on a chart pinned. */
function PinnedMoment({ time, lookBack, onLookBack }: PinnedMomentProps) {
  const moment = formatMoment(new Date(time * 1000), new Date());
  return (
    <>
      <button
        type="button"
        className="button button-primary min-h-8 text-xs"
        onClick={() => onLookBack({ at: time })}
      >
        <Icon name="clock" size={14} />
        See all as of {moment}
      </button>
      {lookBack && lookBack.at !== time && (
        <button
          type="button"
          className="button min-h-8 text-xs"
          onClick={() => onLookBack({ at: lookBack.at, than: time })}
        >
          Compare with {moment}
        </button>
      )}
    </>
  );
}

interface BarButtonProps {
  icon: "back" | "forward";
  label: string;
  disabled?: boolean;
  onClick: () => void;
}

function BarButton({ icon, label, disabled = false, onClick }: BarButtonProps) {
  return (
    <button
      type="button"
      className="button button-quiet button-icon min-h-8"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function CustomRange({ window, onChoose }: { window: Window; onChoose: (window: Window) => void }) {
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [from, to] = [fromLocalInput(form.get("from")), fromLocalInput(form.get("to"))];
    const makesSense = from !== null && to !== null && to > from;
    setWrong(!makesSense);
    if (makesSense) onChoose({ from, to });
  };
  return (
    <form className="grid gap-4 sm:grid-cols-2" onSubmit={submit}>
      <Field
        label="From"
        name="from"
        type="datetime-local"
        step="1"
        required
        defaultValue={toLocalInput(window.from)}
      />
      <Field
        label="To"
        name="to"
        type="datetime-local"
        step="1"
        required
        defaultValue={toLocalInput(window.to)}
      />
      <p role="alert" className={wrong ? "text-critical sm:col-span-2" : "sr-only"}>
        {wrong && "The end has to come after the start."}
      </p>
      <button type="submit" className="button button-primary sm:col-span-2">
        Show
      </button>
    </form>
  );
}
