import type { Widget } from "@/features/widgets/types";
import { DiskWidget } from "./DiskWidget";

export const diskWidgets: readonly Widget[] = [
  {
    id: "disks",
    title: "Disks",
    isThere: (server) => (server.disks ?? []).length > 0,
    Component: DiskWidget,
  },
];
