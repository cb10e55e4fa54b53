import { type FormEvent, useState } from "react";
import { Field } from "@/components/Field";
import { fromLocalInput, toLocalInput } from "@/lib/moment-input";
import type { LookBack } from "@/lib/range";

interface MomentsFormProps {
  lookBack: LookBack;
  onChoose: (chosen: LookBack) => void;
}

/** The moment to look back to, and another to compare it with if one likes. */
export function MomentsForm({ lookBack: { at, than }, onChoose }: MomentsFormProps) {
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [chosen, other] = [fromLocalInput(form.get("at")), fromLocalInput(form.get("than"))];
    const makesSense = chosen !== null && chosen !== other && chosen * 1000 <= Date.now();
    setWrong(!makesSense);
    if (makesSense) onChoose(other === null ? { at: chosen } : { at: chosen, than: other });
  };
  return (
    <form className="grid gap-4 sm:grid-cols-2" onSubmit={submit}>
      <Field
        label="Moment"
        name="at"
        type="datetime-local"
        step="1"
        required
        defaultValue={toLocalInput(at)}
      />
      <Field
        label="Compared with"
        name="than"
        type="datetime-local"
        step="1"
        hint="Left empty, the host is shown as it was."
        defaultValue={typeof than === "number" ? toLocalInput(than) : ""}
      />
      <p role="alert" className={wrong ? "text-critical sm:col-span-2" : "sr-only"}>
        {wrong && "The moment has to lie in the past, and the other one has to be another."}
      </p>
      <button type="submit" className="button button-primary sm:col-span-2">
        Show
      </button>
    </form>
  );
}
