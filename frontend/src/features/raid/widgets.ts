import type { Widget } from "@/features/widgets/types";
import { RaidWidget } from "./RaidWidget";

export const raidWidgets: readonly Widget[] = [
  {
    id: "raids",
    title: "Arrays and pools",
    isThere: (server) => (server.raids ?? []).length > 0,
    Component: RaidWidget,
  },
];
