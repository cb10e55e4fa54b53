/** The spans one can choose from, as the server writes durations (m is minutes). */
export const SPANS = ["15m", "1h", "6h", "24h", "7d", "30d", "1y"] as const;
export type Span = (typeof SPANS)[number];

const SECONDS = { m: 60, h: 3600, d: 86_400, y: 31_536_000 } as const;

/** The length of a span in seconds. */
export function secondsOf(span: Span): number {
  const unit = span.slice(-1) as keyof typeof SECONDS;
  return Number(span.slice(0, -1)) * SECONDS[unit];
}

/** What the address says of the time on show: a span that ends now, or two moments. */
export interface RangeSearch {
  range?: Span;
  /** Unix seconds. */
  from?: number;
  to?: number;
}

/** A moment looked back to, and another that it is compared with; Unix seconds. */
export interface LookBack {
  at: number;
  than?: number | "now";
}

/** What the address says of a host's view: the time on show, and the moments looked back to. */
export type HostSearch = RangeSearch & Partial<LookBack>;

/** Read a host's part of an address, whoever wrote it. */
export function parseHostSearch(search: Record<string, unknown>): HostSearch {
  const range = parseRange(search);
  const at = parseMoment(search.at);
  if (at === null) return range;
  const than = search.than === "now" ? "now" : parseMoment(search.than);
  return than === null ? { ...range, at } : { ...range, at, than };
}

function parseMoment(value: unknown): number | null {
  const seconds = Math.floor(Number(value));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

export const DEFAULT_SPAN: Span = "1h";
/** No chart shows less than this. */
const SHORTEST_SECONDS = 60;

/** Read the range out of an address, whoever wrote it. */
export function parseRange(search: Record<string, unknown>): RangeSearch {
  const [from, to] = [Number(search.from), Number(search.to)];
  if (search.from !== undefined && Number.isFinite(from) && Number.isFinite(to) && to > from) {
    return { from: Math.floor(from), to: Math.ceil(to) };
  }
  const span = SPANS.find((one) => one === search.range);
  return span && span !== DEFAULT_SPAN ? { range: span } : {};
}

export interface Window {
  from: number;
  to: number;
}

/** How often a live window moves on: as often as a pixel's worth of time passes, in seconds. */
export function stepOf(span: Span): number {
  return Math.max(10, Math.round(secondsOf(span) / 360));
}

/** The window on show at `now`, in Unix seconds; a live one ends on its next step. */
export function windowOf(search: RangeSearch, now: Date): Window & { live: boolean } {
  if (search.from !== undefined && search.to !== undefined) {
    return { from: search.from, to: search.to, live: false };
  }
  const span = search.range ?? DEFAULT_SPAN;
  const step = stepOf(span);
  const to = Math.ceil(now.getTime() / 1000 / step) * step;
  return { from: to - secondsOf(span), to, live: true };
}

/** The window moved by a share of its length; it never ends after now. */
export function shifted(window: Window, share: number, now: Date): RangeSearch {
  const length = window.to - window.from;
  const to = Math.min(Math.round(window.to + length * share), Math.ceil(now.getTime() / 1000));
  return { from: to - length, to };
}

/** The window made `factor` times as long around its middle. */
export function zoomed(window: Window, factor: number, now: Date): RangeSearch {
  const length = Math.max(SHORTEST_SECONDS, Math.round((window.to - window.from) * factor));
  const middle = (window.from + window.to) / 2;
  const to = Math.min(Math.round(middle + length / 2), Math.ceil(now.getTime() / 1000));
  return { from: to - length, to };
}

/** The window between two moments, at least a minute long. */
export function between(window: Window): RangeSearch {
  const from = Math.floor(window.from);
  return { from, to: Math.max(Math.ceil(window.to), from + SHORTEST_SECONDS) };
}
