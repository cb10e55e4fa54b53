import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { useConnection } from "@/api/connection";
import { useNow } from "@/lib/clock";
import { type RangeSearch, type Span, shifted, type Window, windowOf, zoomed } from "@/lib/range";

/** The time on show, which lives in the address, and the ways to change it. */
export interface HostRange {
  window: Window;
  live: boolean;
  span: Span | undefined;
  /** Show what ends now. */
  follow: (span?: Span) => void;
  /** Show the time between two moments; the view stands still from then on. */
  hold: (window: RangeSearch) => void;
  move: (share: number) => void;
  zoom: (factor: number) => void;
}

export function useHostRange(): HostRange {
  const search = useSearch({ from: "/app/hosts/$serverId" });
  const navigate = useNavigate({ from: "/hosts/$serverId" });
  const now = useNow();
  const { awaySince } = useConnection();
  // While the server is away time stands still: the window that has data stays.
  const { from, to, live } = windowOf(search, awaySince ?? now);
  const window = useMemo(() => ({ from, to }), [from, to]);
  // The span that was followed last, to return to it from a held window.
  const followed = useRef<Span | undefined>(search.range);
  if (live) followed.current = search.range;
  const go = (next: RangeSearch) =>
    void navigate({ search: ({ at, than }) => ({ ...next, at, than }), replace: true });
  return {
    window,
    live,
    span: live ? (search.range ?? "1h") : undefined,
    follow: (span) => go(span ? spanSearch(span) : spanSearch(followed.current)),
    hold: go,
    move: (share) => go(shifted(window, share, new Date())),
    zoom: (factor) => go(zoomed(window, factor, new Date())),
  };
}

const spanSearch = (span: Span | undefined): RangeSearch =>
  span && span !== "1h" ? { range: span } : {};
