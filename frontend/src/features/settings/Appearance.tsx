import { type Preferences, setPreferences, usePreferences } from "@/lib/preferences";

interface ChoiceProps<Name extends keyof Preferences> {
  name: Name;
  legend: string;
  options: readonly (readonly [value: Preferences[Name], label: string])[];
}

function Choice<Name extends keyof Preferences>({ name, legend, options }: ChoiceProps<Name>) {
  const preferences = usePreferences();
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value} className="flex min-h-8 items-center gap-2">
          <input
            type="radio"
            name={name}
            className="size-4 accent-accent"
            checked={preferences[name] === value}
            onChange={() => setPreferences({ [name]: value })}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

/** How the page looks in this browser. */
export function Appearance() {
  return (
    <div className="panel grid gap-6 p-5 sm:grid-cols-3">
      <Choice
        name="theme"
        legend="Theme"
        options={[
          ["system", "As the system"],
          ["light", "Light"],
          ["dark", "Dark"],
        ]}
      />
      <Choice
        name="rateUnit"
        legend="Transfer"
        options={[
          ["bits", "Bits per second, as line speeds"],
          ["bytes", "Bytes per second"],
        ]}
      />
      <Choice
        name="hostView"
        legend="Hosts"
        options={[
          ["table", "Table"],
          ["cards", "Cards"],
        ]}
      />
      <p className="text-xs text-muted sm:col-span-3">These are kept in this browser alone.</p>
    </div>
  );
}
