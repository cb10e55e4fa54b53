import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { meQuery } from "@/api/auth";
import { ROOT } from "@/api/base";
import { useConnection } from "@/api/connection";
import { followLive } from "@/api/live";
import { Failure, Skeleton } from "@/components/States";
import { useNow } from "@/lib/clock";
import { formatMoment } from "@/lib/format";
import { useTitleMark } from "@/lib/title";
import { TopBar } from "./TopBar";

/** What surrounds every page of those who are logged in. */
export function Shell() {
  const me = useQuery(meQuery);
  if (me.data === null) return <ToLogin />;
  if (me.data) return <Frame />;
  return (
    <main className="mx-auto max-w-3xl p-8">
      {me.error ? (
        <Failure cause={me.error.message} onRetry={() => void me.refetch()} />
      ) : (
        <Skeleton rows={4} height={64} />
      )}
    </main>
  );
}

/** To the login, with the address that was come for. */
function ToLogin() {
  const navigate = useNavigate();
  useEffect(() => {
    const { pathname, search } = window.location;
    const next = pathname === ROOT.pathname ? undefined : pathname + search;
    void navigate({ to: "/login", search: { next }, replace: true });
  }, [navigate]);
  return null;
}

function Frame() {
  const { awaySince } = useConnection();
  useTitleMark(awaySince !== null);
  useEffect(followLive, []);
  return (
    <>
      <button
        type="button"
        className="button button-primary fixed top-2 left-2 z-50 -translate-y-16 focus:translate-y-0"
        onClick={() => document.getElementById("content")?.focus()}
      >
        Skip to the content
      </button>
      <TopBar />
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto max-w-[100rem] px-4 py-5 outline-none sm:px-6"
      >
        {awaySince && <AwayBanner since={awaySince} />}
        <div className={awaySince ? "outdated" : ""}>
          <Outlet />
        </div>
      </main>
    </>
  );
}

/** Never an old green view: what is shown is from before the server went away. */
function AwayBanner({ since }: { since: Date }) {
  const now = useNow();
  return (
    <p role="status" className="mb-4 rounded-lg bg-critical/10 px-3 py-2 font-medium text-critical">
      The server has not answered since {formatMoment(since, now)}. What you see is from then; the
      page keeps asking.
    </p>
  );
}
