import { SeriesChart } from "@/features/widgets/SeriesChart";
import { Totals } from "./Totals";

interface InterfaceChartProps {
  serverId: string;
  name: string;
  /** How fast the link can be, where that is known. */
  speedBitsPerSecond: number | null;
}

/** What goes through an interface, under its link's speed, with the times its link was up. */
export function InterfaceChart({ serverId, name, speedBitsPerSecond }: InterfaceChartProps) {
  return (
    <>
      <SeriesChart
        name={`Transfer of ${name}`}
        request={{
          server: serverId,
          family: "network_interface",
          key: name,
          fields: ["rx_bytes", "tx_bytes", "is_up"],
        }}
        lines={[
          { field: "rx_bytes", label: "Received", color: "var(--color-series-1)", filled: true },
          { field: "tx_bytes", label: "Sent", color: "var(--color-series-2)", filled: true },
          ...(speedBitsPerSecond
            ? [
                {
                  value: speedBitsPerSecond / 8,
                  label: "Link speed",
                  color: "var(--color-series-7)",
                },
              ]
            : []),
        ]}
        strip={{ field: "is_up", label: "Link", on: "up", off: "down" }}
        unit="bytes_per_second"
        height={160}
      />
      <Totals serverId={serverId} name={name} />
    </>
  );
}
