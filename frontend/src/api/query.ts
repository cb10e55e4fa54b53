import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors";

/** Answers that another try may turn into data; any other error is final. */
const PASSING = new Set([408, 425, 429, 502, 503, 504]);
const MOST_RETRIES = 2;

/** One more try for what may pass, none for a 404: it should show at once. */
export function worthRetrying(failures: number, error: Error): boolean {
  if (failures >= MOST_RETRIES) return false;
  return error instanceof ApiError ? PASSING.has(error.status) : false;
}

/** How long a sample stays current: what lives on polling asks again at this pace. */
export const POLL_MS = 10_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: worthRetrying,
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // The browser's idea of "offline" says nothing about a server in the same house.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
