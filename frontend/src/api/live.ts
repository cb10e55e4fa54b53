import { useSyncExternalStore } from "react";
import { socketUrl } from "./base";
import { client, unwrap } from "./client";
import { queryClient } from "./query";
import { throttled } from "./throttle";

/** Whether the server tells of each sample by itself; while it does not, the page asks. */
export type LiveState = "off" | "connecting" | "open";

let state: LiveState = "off";
const listeners = new Set<() => void>();

function set(next: LiveState) {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The state of the stream, kept current. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}

const FALLBACK_POLL_MS = 10_000;
/** With the stream open, asking is only for what it may have missed. */
const CAREFUL_POLL_MS = 60_000;

/** How often to ask for what the stream would tell of; for `refetchInterval`. */
export const pollInterval = () => (state === "open" ? CAREFUL_POLL_MS : FALLBACK_POLL_MS);

/** The list of all hosts is read anew at most so often, one host at most so often. */
const LIST_EVERY_MS = 4_000;
const HOST_EVERY_MS = 1_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** The server pings every 15 s: a socket that is silent for longer leads nowhere. */
const LONGEST_SILENCE_MS = 40_000;

/**
 * Follow the hosts over one WebSocket, and come back when it breaks. Each sample is a sign to read
 * again what is on show: the server's own answer says what it means for status and health.
 */
export function followLive(): () => void {
  let stopped = false;
  let socket: WebSocket | undefined;
  let retryMs = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  const refresh = makeRefresh();
  const again = () => {
    clearTimeout(watchdog);
    if (stopped) return;
    set("connecting");
    timer = setTimeout(open, retryMs);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  };
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket?.close(), LONGEST_SILENCE_MS);
  };
  const open = async () => {
    const ticket = await askTicket();
    if (stopped) return;
    if (ticket === null) {
      again();
      return;
    }
    socket = new WebSocket(socketUrl(`ws/live?ticket=${encodeURIComponent(ticket)}`));
    socket.onopen = () => {
      socket?.send(JSON.stringify({ servers: null, families: ["host"] }));
      retryMs = FIRST_RETRY_MS;
      set("open");
      watch();
      // What came while nobody listened, be it in a second or in a night asleep.
      void queryClient.invalidateQueries({ queryKey: ["servers"] });
      void queryClient.invalidateQueries({ queryKey: ["filesystems"] });
    };
    socket.onmessage = ({ data }) => {
      watch();
      refresh(String(data));
    };
    socket.onclose = again;
  };
  set("connecting");
  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearTimeout(watchdog);
    if (socket) socket.onclose = null;
    socket?.close();
    set("off");
  };
}

async function askTicket(): Promise<string | null> {
  try {
    const { ticket } = await unwrap(client.POST("/api/v1/auth/ticket"));
    return ticket;
  } catch {
    // The server is away or the session over: other requests tell of either.
    return null;
  }
}

/** Reads again what a message tells of: the list, and the hosts that are on show. */
function makeRefresh(): (message: string) => void {
  const list = throttled(LIST_EVERY_MS, () =>
    queryClient.invalidateQueries({ queryKey: ["servers"], exact: true }),
  );
  const reported = new Set<string>();
  const hosts = throttled(HOST_EVERY_MS, () => {
    for (const id of reported) void queryClient.invalidateQueries({ queryKey: ["servers", id] });
    reported.clear();
  });
  return (message) => {
    const parsed: unknown = JSON.parse(message);
    for (const id of serversOf(parsed)) reported.add(id);
    if (reported.size === 0) return;
    list();
    hosts();
  };
}

/** The hosts whose samples a message brings. */
export function serversOf(message: unknown): string[] {
  if (typeof message !== "object" || message === null || !("heartbeats" in message)) return [];
  const { heartbeats } = message;
  if (!Array.isArray(heartbeats)) return [];
  return heartbeats.map((one: { server_id?: unknown }) => String(one.server_id));
}
