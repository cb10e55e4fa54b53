import type { Ref } from "react";
import { Icon } from "@/components/Icon";
import { type Tone, ToneShape } from "@/components/Status";
import type { Preferences } from "@/lib/preferences";
import type { Tally } from "./condition";
import { GROUPS, type Group, type ListSearch, SORTS, type Sort } from "./listing";

interface FiltersProps {
  inputRef: Ref<HTMLInputElement>;
  search: ListSearch;
  counts: Tally;
  tags: readonly string[];
  onChange: (changes: Partial<ListSearch>) => void;
  /** null where the screen leaves no choice. */
  view: Preferences["hostView"] | null;
  onView: (view: Preferences["hostView"]) => void;
}

const GROUP_NAMES: Record<Group, readonly [name: string, tone: Tone]> = {
  down: ["Down", "critical"],
  warning: ["Warning", "warning"],
  up: ["Up", "ok"],
  idle: ["Paused or waiting", "idle"],
};

const SORT_NAMES: Record<Sort, string> = {
  trouble: "Trouble first",
  name: "Name",
  cpu: "CPU",
  memory: "Memory",
  disk: "Fullest disk",
  network: "Network",
  temperature: "Hottest sensor",
  seen: "Last seen",
};

/** What narrows and orders the list; all of it stands in the address. */
export function Filters(props: FiltersProps) {
  const { inputRef, search, counts, tags, onChange, view, onView } = props;
  return (
    <search className="flex flex-wrap items-center gap-2">
      <label className="relative min-w-40 flex-1 sm:max-w-72">
        <span className="sr-only">Filter hosts</span>
        <span className="pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center text-muted">
          <Icon name="search" />
        </span>
        <input
          ref={inputRef}
          type="search"
          className="field w-full pl-8"
          placeholder="Filter by name, system, address"
          aria-keyshortcuts="/"
          value={search.q ?? ""}
          onChange={(event) => onChange({ q: event.target.value || undefined })}
        />
      </label>
      <fieldset className="flex flex-wrap gap-1.5">
        <legend className="sr-only">Status</legend>
        {GROUPS.filter((group) => counts[group] > 0).map((group) => (
          <Chip
            key={group}
            pressed={search.show === group}
            onPress={() => onChange({ show: search.show === group ? undefined : group })}
          >
            <ToneShape tone={GROUP_NAMES[group][1]} />
            {GROUP_NAMES[group][0]} <span className="text-muted">{counts[group]}</span>
          </Chip>
        ))}
        {tags.map((tag) => (
          <Chip
            key={tag}
            pressed={search.tag === tag}
            onPress={() => onChange({ tag: search.tag === tag ? undefined : tag })}
          >
            #{tag}
          </Chip>
        ))}
      </fieldset>
      <div className="ml-auto flex items-center gap-2">
        <label>
          <span className="sr-only">Sort by</span>
          <select
            className="field"
            value={search.sort ?? "trouble"}
            onChange={(event) => onChange({ sort: sortOf(event.target.value) })}
          >
            {SORTS.map((sort) => (
              <option key={sort} value={sort}>
                {SORT_NAMES[sort]}
              </option>
            ))}
          </select>
        </label>
        {view && (
          <button
            type="button"
            className="button button-icon"
            aria-label={view === "table" ? "Show cards" : "Show a table"}
            title={view === "table" ? "Show cards" : "Show a table"}
            onClick={() => onView(view === "table" ? "cards" : "table")}
          >
            <Icon name={view === "table" ? "cards" : "table"} />
          </button>
        )}
      </div>
    </search>
  );
}

const sortOf = (value: string): Sort | undefined =>
  SORTS.find((sort) => sort === value && sort !== "trouble");

interface ChipProps {
  pressed: boolean;
  onPress: () => void;
  children: React.ReactNode;
}

function Chip({ pressed, onPress, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={`flex min-h-8 items-center gap-1.5 rounded-full border px-3 text-xs font-medium ${pressed ? "border-accent bg-accent/10" : "border-line-strong bg-surface hover:bg-raised"}`}
    >
      {children}
    </button>
  );
}
