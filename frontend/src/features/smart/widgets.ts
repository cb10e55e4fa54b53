import type { Widget } from "@/features/widgets/types";
import { SmartWidget } from "./SmartWidget";

export const smartWidgets: readonly Widget[] = [
  {
    id: "smarts",
    title: "Health of drives",
    isThere: (server) => (server.smarts ?? []).length > 0,
    Component: SmartWidget,
  },
];
