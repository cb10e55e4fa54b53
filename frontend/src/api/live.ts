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
  const stream = new Stream();
  const wake = () => stream.wake();
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  stream.open();
  return () => {
    document.removeEventListener("visibilitychange", wake);
    window.removeEventListener("online", wake);
    stream.stop();
  };
}

class Stream {
  #socket: WebSocket | undefined;
  #retryMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #heardAt = Date.now();
  /** Which attempt counts: what an older one still brings is too late. */
  #attempt = 0;
  readonly #refresh = makeRefresh();

  /** Open the stream now, whatever was before. */
  open(): void {
    this.#drop();
    set("connecting");
    const attempt = this.#attempt;
    void askTicket().then((ticket) => {
      if (attempt !== this.#attempt) return;
      if (ticket === null) this.#again();
      else this.#connect(ticket);
    });
  }

  /**
   * The page is looked at again, or the network is back. In a machine that slept timers stood
   * still, and a socket can be dead without knowing it: who was silent for long is not trusted.
   */
  wake(): void {
    const silentMs = Date.now() - this.#heardAt;
    if (document.visibilityState !== "visible" || silentMs < LONGEST_SILENCE_MS) return;
    this.#retryMs = FIRST_RETRY_MS;
    this.open();
  }

  stop(): void {
    this.#drop();
    set("off");
  }

  #connect(ticket: string): void {
    const socket = new WebSocket(socketUrl(`ws/live?ticket=${encodeURIComponent(ticket)}`));
    this.#socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ servers: null, families: ["host"] }));
      this.#retryMs = FIRST_RETRY_MS;
      this.#hear();
      set("open");
      // What came while nobody listened, be it in a second or in a night asleep.
      void queryClient.invalidateQueries({ queryKey: ["servers"] });
      void queryClient.invalidateQueries({ queryKey: ["filesystems"] });
    };
    socket.onmessage = ({ data }) => {
      this.#hear();
      this.#refresh(String(data));
    };
    socket.onclose = () => this.#again();
  }

  #hear(): void {
    this.#heardAt = Date.now();
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.open(), LONGEST_SILENCE_MS);
  }

  #again(): void {
    this.#drop();
    set("connecting");
    this.#timer = setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  #drop(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#watchdog);
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
    this.#socket = undefined;
  }
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
