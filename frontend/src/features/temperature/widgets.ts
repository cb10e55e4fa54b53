import type { Widget } from "@/features/widgets/types";
import { TemperatureWidget } from "./TemperatureWidget";

export const temperatureWidgets: readonly Widget[] = [
  {
    id: "temperatures",
    title: "Temperatures",
    isThere: (server) => (server.temperatures ?? []).length > 0,
    Component: TemperatureWidget,
  },
];
