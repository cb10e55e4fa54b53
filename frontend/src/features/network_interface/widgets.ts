import type { Widget } from "@/features/widgets/types";
import { NetworkWidget } from "./NetworkWidget";

export const networkInterfaceWidgets: readonly Widget[] = [
  {
    id: "network",
    title: "Network",
    isThere: (server) => server.network_interfaces !== null,
    Component: NetworkWidget,
  },
];
