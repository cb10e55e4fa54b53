import { useState } from "react";
import type { Processor } from "@/api/servers";
import { Meter } from "@/components/Meter";
import { Empty } from "@/components/States";
import { SeriesChart } from "@/features/widgets/SeriesChart";
import type { WidgetProps } from "@/features/widgets/types";
import { formatPercent } from "@/lib/format";

/** Every logical processor as a bar; the chosen one with its history. */
export function ProcessorWidget({ server }: WidgetProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const processors = server.processors ?? [];
  if (processors.length === 0) return <Empty title="No processor" />;
  return (
    <>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(6.5rem,1fr))] gap-x-3 gap-y-1">
        {processors.map((processor) => (
          <OneOf
            key={processor.name}
            processor={processor}
            pressed={processor.name === chosen}
            onPress={() =>
              setChosen((before) => (before === processor.name ? null : processor.name))
            }
          />
        ))}
      </div>
      {chosen !== null && <History serverId={server.id} name={chosen} />}
    </>
  );
}

interface OneOfProps {
  processor: Processor;
  pressed: boolean;
  onPress: () => void;
}

function OneOf({ processor: { name, percent }, pressed, onPress }: OneOfProps) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={`rounded-lg px-1.5 py-1 text-left hover:bg-raised/60 ${pressed ? "bg-raised" : ""}`}
      onClick={onPress}
    >
      <span className="flex items-baseline justify-between text-xs">
        <span className="text-muted">
          <span className="sr-only">Processor </span>
          {name}
        </span>
        <span className="font-semibold">{formatPercent(percent)}</span>
      </span>
      <Meter percent={percent} label={`Processor ${name}`} text={formatPercent(percent)} />
    </button>
  );
}

function History({ serverId, name }: { serverId: string; name: string }) {
  return (
    <div className="pt-3">
      <SeriesChart
        name={`Use of processor ${name}`}
        request={{ server: serverId, family: "processor", key: name, fields: ["percent"] }}
        lines={[
          {
            field: "percent",
            label: `Processor ${name}`,
            color: "var(--color-series-1)",
            filled: true,
          },
        ]}
        unit="percent"
        maximum={100}
        height={140}
      />
    </div>
  );
}
