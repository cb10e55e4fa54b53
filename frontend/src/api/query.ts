import {
  QueryCache,
  QueryClient,
  type QueryKey,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { ApiError } from "./errors";

/** Answers that another try may turn into data; any other error is final. */
const PASSING = new Set([408, 425, 429, 503]);
const MOST_RETRIES = 2;

/** One more try for what may pass, none for a 404: it should show at once. */
export function worthRetrying(failures: number, error: Error): boolean {
  return failures < MOST_RETRIES && error instanceof ApiError && PASSING.has(error.status);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // The session ended under a page that was open: it turns into the login page.
      if (error instanceof ApiError && error.status === 401) queryClient.setQueryData(["me"], null);
    },
  }),
  defaultOptions: {
    queries: {
      retry: worthRetrying,
      staleTime: 5_000,
      // The browser's idea of "offline" says nothing about a server in the same house.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** A change to what the server holds; what was read under `key` is read again after it. */
export function useChange<Variables = void, Data = unknown>(
  key: QueryKey,
  mutationFn: (variables: Variables) => Promise<Data>,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
}
