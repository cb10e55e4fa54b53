import type { Widget } from "@/features/widgets/types";
import { GpuWidget } from "./GpuWidget";

export const gpuWidgets: readonly Widget[] = [
  {
    id: "gpus",
    title: "Graphics",
    isThere: (server) => (server.gpus ?? []).length > 0,
    Component: GpuWidget,
  },
];
