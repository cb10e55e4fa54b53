import type { Widget } from "@/features/widgets/types";
import { FanWidget } from "./FanWidget";

export const fanWidgets: readonly Widget[] = [
  {
    id: "fans",
    title: "Fans",
    isThere: (server) => (server.fans ?? []).length > 0,
    Component: FanWidget,
  },
];
