import type { ReactNode } from "react";

/** How well something is, in the order in which it asks for attention. */
export const TONES = ["critical", "warning", "idle", "ok"] as const;
export type Tone = (typeof TONES)[number];

const TEXT: Record<Tone, string> = {
  critical: "text-critical",
  warning: "text-warning",
  idle: "text-idle",
  ok: "text-ok",
};

/** A shape per tone, so that no status is told by its colour alone. */
export function ToneShape({ tone, size = 10 }: { tone: Tone; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 10 10"
      className={`shrink-0 ${TEXT[tone]}`}
    >
      {tone === "ok" && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {tone === "warning" && <path d="M5 .8 9.6 9.2H.4Z" fill="currentColor" />}
      {tone === "critical" && <path d="M1 1h8v8H1Z" fill="currentColor" />}
      {tone === "idle" && (
        <circle cx="5" cy="5" r="3.3" fill="none" stroke="currentColor" strokeWidth="1.6" />
      )}
    </svg>
  );
}

/** Shape, word and colour: the one way in which the page tells a status. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap font-medium ${TEXT[tone]}`}
    >
      <ToneShape tone={tone} />
      {children}
    </span>
  );
}

const BADGE: Record<Tone, string> = {
  critical: "text-critical bg-critical/10",
  warning: "text-warning bg-warning/10",
  idle: "text-idle bg-idle/10",
  ok: "text-ok bg-ok/10",
};

/** A word on a tinted ground, for what is out of the ordinary in a row. */
export function Badge({
  tone,
  title,
  children,
}: {
  tone: Tone;
  title?: string;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={`inline-flex items-center gap-1 whitespace-nowrap rounded px-1.5 py-px text-xs font-medium ${BADGE[tone]}`}
    >
      {children}
    </span>
  );
}
