import type { Widget } from "@/features/widgets/types";
import { SystemdUnitWidget } from "./SystemdUnitWidget";

export const systemdUnitWidgets: readonly Widget[] = [
  {
    id: "systemd_units",
    title: "Services",
    isThere: (server) => (server.systemd_units ?? []).length > 0,
    Component: SystemdUnitWidget,
  },
];
