import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Units, unitsQuery } from "@/api/catalogue";
import { type Comparison, compareQuery } from "@/api/past";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import type { RateUnit } from "@/lib/format";
import { formatPercent, formatQuantity } from "@/lib/format";
import { usePreferences } from "@/lib/preferences";

/** So many changes are worth reading, the largest first. */
const MOST_SHOWN = 20;

/** What appeared, vanished and changed most between a moment and now. */
export function Differences({ serverId, time }: { serverId: string; time: number }) {
  // Rounded up: what was reported in this very second is part of now.
  const [now] = useState(() => Math.ceil(Date.now() / 1000));
  const answer = useQuery(compareQuery(serverId, time, now));
  const { data: units } = useQuery(unitsQuery);
  const { rateUnit } = usePreferences();
  return (
    <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
      {(comparison) => <Compared comparison={comparison} units={units} rateUnit={rateUnit} />}
    </Loaded>
  );
}

interface ComparedProps {
  comparison: Comparison;
  units: Units | undefined;
  rateUnit: RateUnit;
}

function Compared({ comparison: { appeared, vanished, changed }, units, rateUnit }: ComparedProps) {
  if (appeared.length + vanished.length + changed.length === 0) {
    return <Empty title="Nothing differs" />;
  }
  const write = (value: unknown, unit: string) =>
    typeof value === "number" ? formatQuantity(value, unit, rateUnit) : String(value);
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap gap-2 empty:hidden">
        {appeared.map(({ family, key }) => (
          <Badge key={`${family} ${key}`} tone="ok">
            new: {key}
          </Badge>
        ))}
        {vanished.map(({ family, key }) => (
          <Badge key={`${family} ${key}`} tone="warning">
            gone: {key}
          </Badge>
        ))}
      </p>
      <Table caption="What changed most" columns={["What", "Then", "Now", "Change"]}>
        {changed.slice(0, MOST_SHOWN).map((change) => {
          const unit = units?.get(`${change.family}.${change.field}`) ?? "";
          return (
            <tr key={`${change.family} ${change.key} ${change.field}`}>
              <td className="break-all">
                {change.key && <strong className="font-medium">{change.key} </strong>}
                <span className="text-muted">{change.field.replaceAll("_", " ")}</span>
              </td>
              <td>{write(change.from, unit)}</td>
              <td>{write(change.to, unit)}</td>
              <td>
                {change.relative > 0 ? "+" : "−"}
                {formatPercent(Math.abs(change.relative) * 100)}
              </td>
            </tr>
          );
        })}
      </Table>
    </div>
  );
}
