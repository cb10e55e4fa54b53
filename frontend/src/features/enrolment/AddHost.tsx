import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useCreateCode } from "@/api/enrolment";
import { serversQuery } from "@/api/servers";
import { CopyButton } from "@/components/CopyButton";
import { Failure, Skeleton } from "@/components/States";
import { Status } from "@/components/Status";
import { nameOf } from "@/features/hosts/listing";
import { formatMoment } from "@/lib/format";

const TOOLS = ["curl", "wget", "python"] as const;
type Tool = (typeof TOOLS)[number];

/** One line to paste on the new host; the host appears by itself when it reports. */
export function AddHost() {
  const code = useCreateCode();
  const [tool, setTool] = useState<Tool>("curl");
  const asked = useRef(false);
  useEffect(() => {
    // A code is good once and audited: one for each time the page is opened, not one a drawing.
    if (asked.current) return;
    asked.current = true;
    code.mutate();
  }, [code.mutate]);
  if (code.error) return <Failure cause={code.error.message} onRetry={() => code.mutate()} />;
  if (!code.data) return <Skeleton rows={2} height={56} />;
  const line = code.data.lines[tool];
  return (
    <div className="space-y-4 text-left">
      <p>
        Paste this line into a root shell on the new host. It installs the agent, which needs no
        root itself and opens no port.
      </p>
      <fieldset className="flex gap-1.5">
        <legend className="sr-only">Fetch with</legend>
        {TOOLS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={tool === one}
            className={`min-h-8 rounded-full border px-3 text-xs font-medium ${tool === one ? "border-accent bg-accent/10" : "border-line-strong"}`}
            onClick={() => setTool(one)}
          >
            {one}
          </button>
        ))}
      </fieldset>
      <div className="flex flex-wrap items-start gap-2">
        <code className="min-w-0 flex-1 basis-64 rounded-lg bg-raised p-3 font-mono text-xs break-all">
          {line}
        </code>
        <CopyButton text={line} />
      </div>
      <p className="text-xs text-muted">
        It works once, until {formatMoment(new Date(code.data.expires_at), new Date())}.
      </p>
      <Arrival />
    </div>
  );
}

/** "Waiting for the first sample", which turns into the host when it reports. */
function Arrival() {
  const { data } = useQuery({ ...serversQuery, refetchInterval: 2_000 });
  const reporting = data?.servers.filter((server) => server.last_seen !== null);
  const [before, setBefore] = useState<ReadonlySet<string>>();
  useEffect(() => {
    if (reporting && !before) setBefore(new Set(reporting.map((server) => server.id)));
  }, [reporting, before]);
  const arrived = before ? reporting?.filter((server) => !before.has(server.id)) : [];
  return (
    <div role="status" className="border-t border-line pt-3">
      {arrived?.length ? (
        arrived.map((server) => (
          <p key={server.id} className="flex items-center gap-3">
            <Status tone="ok">It reports</Status>
            <Link
              to="/hosts/$serverId"
              params={{ serverId: server.id }}
              className="font-medium underline"
            >
              Open {nameOf(server)}
            </Link>
          </p>
        ))
      ) : (
        <Status tone="idle">Waiting for the first sample…</Status>
      )}
    </div>
  );
}
