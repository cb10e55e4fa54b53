import type { Widget } from "@/features/widgets/types";
import { BatteryWidget } from "./BatteryWidget";

export const batteryWidgets: readonly Widget[] = [
  {
    id: "batteries",
    title: "Battery",
    isThere: (server) => (server.batteries ?? []).length > 0,
    Component: BatteryWidget,
  },
];
