import type { Widget } from "@/features/widgets/types";
import { ProcessWidget } from "./ProcessWidget";

export const processWidgets: readonly Widget[] = [
  {
    id: "processes",
    title: "Programs",
    isThere: (server) => (server.top_processes ?? []).length > 0,
    Component: ProcessWidget,
  },
];
