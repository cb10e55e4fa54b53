import { useState } from "react";
import type { Filesystem } from "@/api/servers";
import { Empty } from "@/components/States";
import type { WidgetProps } from "@/features/widgets/types";
import { plural } from "@/lib/format";
import { FilesystemRow } from "./FilesystemRow";
import { worstFirst } from "./order";

/** So many are shown at once; of more, the worst stand for all until someone asks. */
const MOST_AT_ONCE = 20;
const SHOWN_OF_MANY = 10;

/** Every filesystem of the host, worst first. */
export function FilesystemWidget({ server }: WidgetProps) {
  const filesystems = worstFirst(server.filesystems ?? []);
  const [all, setAll] = useState(false);
  const [text, setText] = useState("");
  if (filesystems.length === 0) return <Empty title="No filesystem" />;
  const many = filesystems.length > MOST_AT_ONCE;
  const shown = many && !all ? filesystems.slice(0, SHOWN_OF_MANY) : matching(filesystems, text);
  return (
    <>
      {many && all && (
        <input
          type="search"
          aria-label="Filter filesystems"
          placeholder="Filter by mount, device or type"
          className="field mb-2 w-full"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <div className="-mx-2 divide-y divide-line">
        {shown.map((filesystem) => (
          <FilesystemRow
            key={filesystem.mount_point}
            serverId={server.id}
            filesystem={filesystem}
          />
        ))}
      </div>
      {many && (
        <button type="button" className="button mt-2 w-full" onClick={() => setAll((now) => !now)}>
          {all
            ? `Show the ${SHOWN_OF_MANY} worst`
            : `Show all ${plural(filesystems.length, "filesystem")}`}
        </button>
      )}
    </>
  );
}

function matching(filesystems: Filesystem[], text: string): Filesystem[] {
  const word = text.trim().toLowerCase();
  return filesystems.filter(({ mount_point, device, fs_type }) =>
    `${mount_point} ${device} ${fs_type}`.toLowerCase().includes(word),
  );
}
