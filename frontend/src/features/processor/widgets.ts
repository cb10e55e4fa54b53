import type { Widget } from "@/features/widgets/types";
import { ProcessorWidget } from "./ProcessorWidget";

export const processorWidgets: readonly Widget[] = [
  {
    id: "processors",
    title: "Processors",
    // Of a single one the whole says it all.
    isThere: (server) => (server.processors ?? []).length > 1,
    Component: ProcessorWidget,
  },
];
