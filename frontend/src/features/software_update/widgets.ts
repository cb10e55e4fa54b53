import type { Widget } from "@/features/widgets/types";
import { SoftwareUpdateWidget } from "./SoftwareUpdateWidget";

export const softwareUpdateWidgets: readonly Widget[] = [
  {
    id: "software_updates",
    title: "Updates",
    isThere: (server) => (server.software_updates ?? []).length > 0,
    Component: SoftwareUpdateWidget,
  },
];
