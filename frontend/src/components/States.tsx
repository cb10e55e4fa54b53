import type { ReactNode } from "react";
import { UnreachableError } from "@/lib/unreachable";
import { Icon } from "./Icon";

/** Grey blocks of the final height; they show after 200 ms, so that quick answers don't flicker. */
export function Skeleton({ rows = 1, height = 40 }: { rows?: number; height?: number }) {
  return (
    <div role="status" className="space-y-2">
      <span className="sr-only">Loading…</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks are all the same
        <div key={row} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  title: string;
  /** Whether it is all that the page has to say. */
  isPage?: boolean;
  children?: ReactNode;
}

/** There is nothing to show, and that is no error. */
export function Empty({ title, isPage = false, children }: EmptyProps) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className="px-4 py-8 text-center">
      <Title className="font-medium">{title}</Title>
      {children && <div className="mx-auto mt-1 max-w-prose text-muted">{children}</div>}
    </div>
  );
}

/** An error without any data: what went wrong, and a way to try again. */
export function Failure({ cause, onRetry }: { cause: string; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-4 py-8 text-center">
      <p className="flex items-center gap-2 font-medium text-critical">
        <Icon name="alert" />
        {cause}
      </p>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          <Icon name="reset" /> Retry
        </button>
      )}
    </div>
  );
}

/** An error while older data is still on show. */
export function FailureBanner({ cause, onRetry }: { cause: string; onRetry?: () => void }) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg bg-warning/10 px-3 py-2 text-warning"
    >
      <Icon name="alert" />
      <span className="min-w-0 flex-1">{cause}</span>
      {onRetry && (
        <button type="button" className="font-medium underline" onClick={onRetry}>
          Retry
        </button>
      )}
    </div>
  );
}

export interface Answer<Data> {
  data: Data | undefined;
  error: Error | null;
  refetch: () => unknown;
}

interface LoadedProps<Data> {
  answer: Answer<Data>;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}

/** The four faces of anything that is asked for: loading, failed, failed with older data, there. */
export function Loaded<Data>({ answer, skeleton, children }: LoadedProps<Data>) {
  const retry = () => void answer.refetch();
  if (answer.data !== undefined) {
    // That the server is away is said once, above all of the page.
    const worthSaying = answer.error && !(answer.error instanceof UnreachableError);
    return (
      <>
        {worthSaying && answer.error && (
          <FailureBanner cause={answer.error.message} onRetry={retry} />
        )}
        {children(answer.data)}
      </>
    );
  }
  return answer.error ? <Failure cause={answer.error.message} onRetry={retry} /> : skeleton;
}
