import type { Widget } from "@/features/widgets/types";
import { UpsWidget } from "./UpsWidget";

export const upsWidgets: readonly Widget[] = [
  {
    id: "upses",
    title: "Power supply",
    isThere: (server) => (server.upses ?? []).length > 0,
    Component: UpsWidget,
  },
];
