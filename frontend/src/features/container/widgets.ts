import type { Widget } from "@/features/widgets/types";
import { ContainerWidget } from "./ContainerWidget";

export const containerWidgets: readonly Widget[] = [
  {
    id: "containers",
    title: "Containers",
    isThere: (server) => (server.containers ?? []).length > 0,
    Component: ContainerWidget,
  },
];
