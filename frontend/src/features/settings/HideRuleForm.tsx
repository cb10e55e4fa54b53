import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { catalogueQuery } from "@/api/catalogue";
import {
  type HidePreview,
  hidePreviewQuery,
  type NewHideRule,
  useCreateHideRule,
} from "@/api/hiding";
import { serversQuery } from "@/api/servers";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { FailureBanner } from "@/components/States";
import { useSettled } from "@/lib/debounce";
import { familyTitle } from "./words";

const TYPING_MS = 250;
/** So many names are told; the rest is counted. */
const MOST_NAMED = 12;
const EXAMPLES: Partial<Record<NewHideRule["family"], string>> = {
  filesystem: "/snap/*",
  network_interface: "veth*",
  disk: "loop*",
};

/** A new rule; while it is typed, the form says what it would hide. */
export function HideRuleForm() {
  const [rule, setRule] = useState<NewHideRule>({
    family: "filesystem",
    pattern: "",
    server_id: null,
  });
  const create = useCreateHideRule();
  const { data: catalogue } = useQuery(catalogueQuery);
  const { data: list } = useQuery(serversQuery);
  const families = catalogue?.families.filter(({ key }) => key !== null) ?? [];
  const change = (part: Partial<NewHideRule>) => {
    create.reset();
    setRule({ ...rule, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(rule, { onSuccess: () => setRule({ ...rule, pattern: "" }) });
  };
  return (
    <form className="panel space-y-4 p-5" onSubmit={submit}>
      <div className="grid items-end gap-4 sm:grid-cols-[11rem_1fr_11rem_auto]">
        <Select
          label="Kind"
          options={families.map(({ name }) => [name, familyTitle(name)])}
          value={rule.family}
          onChange={(event) => change({ family: event.target.value as NewHideRule["family"] })}
        />
        <Field
          label="Name matches"
          value={rule.pattern}
          onChange={(event) => change({ pattern: event.target.value })}
          placeholder={EXAMPLES[rule.family]}
          maxLength={255}
          autoComplete="off"
          spellCheck={false}
          required
        />
        <Select
          label="On"
          options={[["", "All hosts"], ...(list?.servers ?? []).map(({ id }) => [id, id] as const)]}
          value={rule.server_id ?? ""}
          onChange={(event) => change({ server_id: event.target.value || null })}
        />
        <button type="submit" className="button button-primary" disabled={create.isPending}>
          Hide
        </button>
      </div>
      <p className="text-xs text-muted">
        * stands for any characters, slashes too, and ? for one; all else for itself.
      </p>
      <Preview rule={rule} />
      {create.error && <FailureBanner cause={create.error.message} />}
    </form>
  );
}

/** What the rule would hide, in words. */
function Preview({ rule }: { rule: NewHideRule }) {
  const settled = useSettled(rule, TYPING_MS);
  const { data, error, isPlaceholderData } = useQuery(hidePreviewQuery(settled));
  if (rule.pattern === "") return null;
  if (error) return <FailureBanner cause={error.message} />;
  return (
    <div role="status" className={`min-h-10 ${isPlaceholderData ? "opacity-60" : ""}`}>
      {data && <PreviewWords preview={data} />}
    </div>
  );
}

function PreviewWords({ preview: { matched, total, series } }: { preview: HidePreview }) {
  const more = matched - Math.min(series.length, MOST_NAMED);
  return (
    <>
      <p className="font-medium">
        {matched === 0
          ? `Hides none of the ${total} there are now.`
          : `Hides ${matched} of ${total}:`}
      </p>
      <ul className="mt-1 flex flex-wrap gap-1.5 empty:hidden">
        {series.slice(0, MOST_NAMED).map(({ server_id, key, hidden_already }) => (
          <li
            key={`${server_id} ${key}`}
            className="rounded-md bg-raised px-2 py-0.5 text-xs break-all"
            title={hidden_already ? "Another rule hides it already." : undefined}
          >
            {server_id}:{key}
            {hidden_already && <span className="text-muted"> (hidden already)</span>}
          </li>
        ))}
        {more > 0 && <li className="px-1 py-0.5 text-xs text-muted">and {more} more</li>}
      </ul>
    </>
  );
}
