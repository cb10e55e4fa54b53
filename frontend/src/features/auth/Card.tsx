import type { ReactNode } from "react";

/** The quiet page around a form for those who are not logged in. */
export function AuthCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="panel w-full max-w-sm p-6 shadow-sm">
        <p className="mb-6 flex items-center gap-2 text-muted">
          <img src="./favicon.svg" alt="" width={24} height={24} />
          HomelabCmd
        </p>
        <h1 className="mb-4 text-xl font-semibold">{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** What went wrong with a form, read out when it appears. */
export function FormError({ error }: { error: Error | null }) {
  return (
    <p role="alert" className={error ? "text-critical" : "sr-only"}>
      {error?.message}
    </p>
  );
}
