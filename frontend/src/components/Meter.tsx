import type { Tone } from "./Status";

const FILL: Record<Tone, string> = {
  critical: "bg-critical",
  warning: "bg-warning",
  idle: "bg-idle",
  ok: "bg-series-1",
};

interface MeterProps {
  /** 0–100, or null where it is not known. */
  percent: number | null;
  /** What is measured, for those who can't see the bar. */
  label: string;
  /** What the bar says in words ("1.2 TiB of 4 TiB"). */
  text: string;
  tone?: Tone;
  thick?: boolean;
}

/** A share as a bar. The number stands beside it: the bar alone is for the eye. */
export function Meter({ percent, label, text, tone = "ok", thick = false }: MeterProps) {
  const share = Math.min(100, Math.max(0, percent ?? 0));
  return (
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share)}
      aria-valuetext={text}
      className={`w-full overflow-hidden rounded-full bg-track ${thick ? "h-2" : "h-1.5"}`}
    >
      <div className={`h-full rounded-full ${FILL[tone]}`} style={{ width: `${share}%` }} />
    </div>
  );
}

/** From where on a share is worth a warning, and from where it is critical. */
export const FULL_PERCENT = { warning: 90, critical: 98 } as const;

/** The tone of a share that should not reach a hundred. */
export function toneOfShare(percent: number | null | undefined): Tone {
  if (percent === null || percent === undefined) return "idle";
  if (percent >= FULL_PERCENT.critical) return "critical";
  return percent >= FULL_PERCENT.warning ? "warning" : "ok";
}
