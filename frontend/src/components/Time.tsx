import { useNow } from "@/lib/clock";
import { formatAbsolute, formatAgo } from "@/lib/format";

/** A moment as one says it ("4 min ago"), with the exact one in its title. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  const moment = new Date(time);
  return (
    <time dateTime={time} title={formatAbsolute(moment)} className="whitespace-nowrap">
      {formatAgo(moment, now)}
    </time>
  );
}
