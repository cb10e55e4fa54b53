import type { ComponentType } from "react";
import type { Width } from "@/api/layouts";
import type { Server } from "@/api/servers";

export interface WidgetProps {
  server: Server;
}

/** A part of the host's view that shows one family, or one aspect of it. */
export interface Widget {
  /** Stays the same for ever: saved layouts name it. */
  id: string;
  title: string;
  /** How much of the row it takes unless someone resized it; half where nothing is said. */
  width?: Width;
  /** Whether this host has anything to show in it. */
  isThere: (server: Server) => boolean;
  Component: ComponentType<WidgetProps>;
}
