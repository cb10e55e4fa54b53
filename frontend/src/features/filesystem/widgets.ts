import type { Widget } from "@/features/widgets/types";
import { FilesystemWidget } from "./FilesystemWidget";

export const filesystemWidgets: readonly Widget[] = [
  {
    id: "filesystems",
    title: "Filesystems",
    isThere: (server) => server.filesystems !== null,
    Component: FilesystemWidget,
  },
];
