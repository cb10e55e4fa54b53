import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { meQuery } from "@/api/auth";
import {
  type Setting,
  type Settings,
  settingsQuery,
  type TierSetting,
  useChangeSettings,
} from "@/api/settings";
import { FailureBanner, Loaded, Skeleton } from "@/components/States";
import { Figure, Tile } from "@/components/Tile";
import { formatBytes, formatDays } from "@/lib/format";
import { changeOf, type Draft, draftOf, losses, steadyBytes, TIER_NAMES } from "./retention";

/** How long history is kept, what that costs, and how large it may become. */
export function History() {
  const answer = useQuery(settingsQuery);
  const { data: me } = useQuery(meQuery);
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={4} height={72} />}>
      {(settings) => (
        <>
          <Facts settings={settings} />
          {settings.limited && <FailureBanner cause={settings.limited} />}
          <RetentionForm settings={settings} mayChange={me?.scope === "admin"} />
        </>
      )}
    </Loaded>
  );
}

function Facts({ settings }: { settings: Settings }) {
  const { database_bytes, growth_per_day_bytes, disk_free_bytes, disk_full_in_days } = settings;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Tile name="Database">
        <Figure>{formatBytes(database_bytes)}</Figure>
      </Tile>
      <Tile name="Growth a day">
        <Figure>{growth_per_day_bytes === null ? "–" : formatBytes(growth_per_day_bytes)}</Figure>
        {growth_per_day_bytes === null && (
          <p className="text-xs text-muted">known after a day of history</p>
        )}
      </Tile>
      {disk_free_bytes !== null && (
        <Tile name="Free on its disk">
          <Figure>{formatBytes(disk_free_bytes)}</Figure>
        </Tile>
      )}
      {disk_full_in_days !== null && (
        <Tile name="Disk full">
          <Figure>in {formatDays(disk_full_in_days)}</Figure>
          <p className="text-xs text-muted">by the history alone</p>
        </Tile>
      )}
    </div>
  );
}

function RetentionForm({ settings, mayChange }: { settings: Settings; mayChange: boolean }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(settings));
  const save = useChangeSettings();
  const change = changeOf(settings, draft);
  const lost = losses(settings, draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(change, { onSuccess: (answer) => setDraft(draftOf(answer)) });
  };
  const input = (setting: Setting) => ({
    setting,
    text: draft[setting.name] ?? "",
    mayChange,
    onText: (text: string) => {
      save.reset();
      setDraft({ ...draft, [setting.name]: text });
    },
  });
  return (
    <form className="panel p-5" onSubmit={submit}>
      <h2 className="font-semibold">How long it is kept</h2>
      <p className="mt-1 max-w-prose text-muted">
        Every sample first, then what minutes, hours and days came to. Each is rolled up before its
        samples go.
      </p>
      <div className="mt-3 divide-y divide-line border-y border-line">
        {settings.retention.map((tier) => (
          <TierRow key={tier.name} tier={tier} {...input(tier)} />
        ))}
        <SizeRow {...input(settings.max_size)} />
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        {mayChange && (
          <button
            type="submit"
            className="button button-primary"
            disabled={save.isPending || Object.keys(change).length === 0}
          >
            Save
          </button>
        )}
        <p role="status" className="min-w-0 flex-1 basis-60">
          {lost.length > 0 && (
            <span className="text-warning">
              Saving deletes {lost.join(", ")}, for good, within a minute.
            </span>
          )}
          {save.isSuccess && lost.length === 0 && "Saved. It holds from the next minute on."}
        </p>
        {save.error && <FailureBanner cause={save.error.message} />}
      </div>
    </form>
  );
}

interface RowProps {
  setting: Setting;
  text: string;
  mayChange: boolean;
  onText: (text: string) => void;
}

function TierRow({ tier, ...row }: { tier: TierSetting } & RowProps) {
  const steady = steadyBytes(tier, row.text);
  return (
    <div className="grid gap-x-4 gap-y-1 py-3 sm:grid-cols-[8rem_11rem_1fr]">
      <NumberInput
        {...row}
        label={TIER_NAMES[tier.tier]}
        unit="days"
        placeholder="for ever"
        required={tier.tier === "raw" || tier.tier === "minute"}
        step="1"
      />
      <p className="self-center text-muted">
        {formatBytes(tier.size_bytes)} now
        {tier.per_day_bytes !== null && `, ${formatBytes(tier.per_day_bytes)} a day`}
        {steady !== null && (
          <>
            {", "}
            <b className="font-medium text-ink">{formatBytes(steady)} in the end</b>
          </>
        )}
        {tier.since && `; goes back to ${tier.since.slice(0, 10)}`}
        <Origin setting={tier} />
      </p>
    </div>
  );
}

function SizeRow(row: RowProps) {
  return (
    <div className="grid gap-x-4 gap-y-1 py-3 sm:grid-cols-[8rem_11rem_1fr]">
      <NumberInput {...row} label="At most" unit="GiB" placeholder="no bound" step="any" />
      <p className="self-center text-muted">
        The database never grows past it: the oldest samples go first, whatever is set above, and
        what is older is answered by the minutes or hours.
        <Origin setting={row.setting} />
      </p>
    </div>
  );
}

/** Where a setting comes from, unless it is the default; why it can't be changed. */
function Origin({ setting: { fixed, changed_by } }: { setting: Setting }) {
  const told = fixed ?? (changed_by && `Set by ${changed_by.replace(/^user:/, "")}.`);
  return told ? <span className="block text-xs">{told}</span> : null;
}

interface NumberInputProps extends RowProps {
  label: string;
  unit: string;
  placeholder: string;
  required?: boolean;
  step: string;
}

function NumberInput({ setting, text, mayChange, onText, ...shown }: NumberInputProps) {
  const { label, unit, placeholder, required = false, step } = shown;
  return (
    <>
      <label htmlFor={setting.name} className="self-center font-medium">
        {label}
      </label>
      <span className="flex items-center gap-2 self-center">
        <input
          id={setting.name}
          type="number"
          className="field w-28 disabled:opacity-60"
          min={step === "1" ? 1 : 0}
          max={36500}
          step={step}
          required={required}
          placeholder={placeholder}
          disabled={!mayChange || setting.fixed !== null}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
        {unit}
      </span>
    </>
  );
}
