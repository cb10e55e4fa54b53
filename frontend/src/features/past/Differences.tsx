import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { unitsQuery } from "@/api/catalogue";
import { type Comparison, compareQuery } from "@/api/past";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { formatMoment, formatQuantity } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";

interface DifferencesProps {
  serverId: string;
  /** Unix seconds. */
  one: number;
  other: number | "now";
}

/** What appeared, vanished and changed most from the earlier of two moments to the later. */
export function Differences({ serverId, one, other }: DifferencesProps) {
  // Rounded up: what was reported in this very second is part of now.
  const [now] = useState(() => Math.ceil(Date.now() / 1000));
  const second = other === "now" ? now : other;
  const [from, to] = [Math.min(one, second), Math.max(one, second)];
  const answer = useQuery(compareQuery(serverId, from, to));
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
      {(comparison) => (
        <Compared
          comparison={comparison}
          moments={[momentOf(from), other === "now" ? "Now" : momentOf(to)]}
        />
      )}
    </Loaded>
  );
}

const momentOf = (seconds: number) => formatMoment(new Date(seconds * 1000), new Date());

interface ComparedProps {
  comparison: Comparison;
  /** What the two moments are called, the earlier first. */
  moments: readonly [string, string];
}

function Compared({ comparison: { appeared, vanished, changed }, moments }: ComparedProps) {
  const [family, setFamily] = useState<string | null>(null);
  if (appeared.length + vanished.length + changed.length === 0) {
    return <Empty title="Nothing differs" />;
  }
  const families = [...new Set(changed.map((change) => change.family))];
  const shown = changed.filter((change) => family === null || change.family === family);
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap gap-2 empty:hidden">
        {appeared.map((name) => (
          <Badge key={`${name.family} ${name.key}`} tone="ok">
            new: {name.key}
          </Badge>
        ))}
        {vanished.map((name) => (
          <Badge key={`${name.family} ${name.key}`} tone="warning">
            gone: {name.key}
          </Badge>
        ))}
      </p>
      {families.length > 1 && (
        <label className="flex items-center gap-2 text-xs">
          Changes of
          <select
            className="field min-h-8 py-0"
            value={family ?? ""}
            onChange={(event) => setFamily(event.target.value || null)}
          >
            <option value="">everything</option>
            {families.map((name) => (
              <option key={name} value={name}>
                {name.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </label>
      )}
      <Changes changes={shown} moments={moments} />
    </div>
  );
}

/** So many changes are worth reading, the largest first. */
const MOST_SHOWN = 25;

function Changes({
  changes,
  moments,
}: {
  changes: Comparison["changed"];
  moments: ComparedProps["moments"];
}) {
  const { data: units } = useQuery(unitsQuery);
  const { rateUnit } = usePreferences();
  const write = (value: unknown, unit: string) =>
    typeof value === "number" ? formatQuantity(value, unit, rateUnit) : String(value);
  return (
    <Table caption="What changed most" columns={["What", ...moments, "Change"]}>
      {changes.slice(0, MOST_SHOWN).map((change) => {
        const unit = units?.get(`${change.family}.${change.field}`) ?? "";
        const [before, after] = [write(change.from, unit), write(change.to, unit)];
        // A change too small to be written is none to a reader.
        if (before === after) return null;
        const grown = differenceOf(change);
        return (
          <tr key={`${change.family} ${change.key} ${change.field}`}>
            <td className="min-w-32 break-words">
              {change.key && <strong className="font-medium">{change.key} </strong>}
              <span className="text-muted">{change.field.replaceAll("_", " ")}</span>
            </td>
            <td>{before}</td>
            <td>{after}</td>
            <td className="whitespace-nowrap">
              {grown !== null && `${grown > 0 ? "+" : "−"}${write(Math.abs(grown), unit)}`}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** By how much a number grew; null of what is none. */
const differenceOf = ({ from, to }: Comparison["changed"][number]): number | null =>
  typeof from === "number" && typeof to === "number" ? to - from : null;
