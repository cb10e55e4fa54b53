import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { forecastQuery } from "@/api/past";
import { seriesQuery } from "@/api/series";
import type { Filesystem } from "@/api/servers";
import type { SparkValues } from "@/components/Sparkline";
import { Empty } from "@/components/States";
import { sparkOf } from "@/features/widgets/lines";
import type { WidgetProps } from "@/features/widgets/types";
import { useHourly } from "@/lib/clock";
import { plural } from "@/lib/format";
import { FilesystemRow } from "./FilesystemRow";
import { worstFirst } from "./order";

/** So many are shown at once; of more, the worst stand for all until someone asks. */
const MOST_AT_ONCE = 20;
const SHOWN_OF_MANY = 10;

/** Every filesystem of the host, worst first. */
export function FilesystemWidget({ server }: WidgetProps) {
  const filesystems = worstFirst(server.filesystems ?? []);
  const sparkFor = useMonth(server.id);
  const { data: forecasts } = useQuery(forecastQuery(server.id));
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
            spark={sparkFor(filesystem.mount_point)}
            forecast={forecasts?.filesystems.find(
              (one) => one.mount_point === filesystem.mount_point,
            )}
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

const MONTH_SECONDS = 30 * 86_400;
const SPARK_STEPS = 60;

/** A month of every filesystem's share, in one request that is repeated once an hour. */
function useMonth(serverId: string): (mountPoint: string) => SparkValues {
  const to = useHourly();
  const window = { from: to - MONTH_SECONDS, to };
  const { data } = useQuery(
    seriesQuery({
      server: serverId,
      family: "filesystem",
      fields: ["percent"],
      points: SPARK_STEPS,
      ...window,
    }),
  );
  return (mountPoint) => sparkOf(data?.get(mountPoint), "percent", window, SPARK_STEPS);
}
