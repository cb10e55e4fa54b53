import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { meQuery } from "@/api/auth";
import { Empty } from "@/components/States";
import { usePageTitle } from "@/lib/title";
import { Account } from "./Account";
import { Agents } from "./Agents";
import { Appearance } from "./Appearance";
import { Audit } from "./Audit";
import { Backups } from "./Backups";
import { HideRules } from "./HideRules";
import { History } from "./History";
import { People } from "./People";
import { Tokens } from "./Tokens";

interface Section {
  id: string;
  title: string;
  Component: ComponentType;
  admin?: boolean;
}

const SECTIONS: readonly Section[] = [
  { id: "appearance", title: "Appearance", Component: Appearance },
  { id: "account", title: "Your account", Component: Account },
  { id: "history", title: "History", Component: History },
  { id: "hidden", title: "Hidden", Component: HideRules },
  { id: "people", title: "People", Component: People, admin: true },
  { id: "tokens", title: "API tokens", Component: Tokens, admin: true },
  { id: "agents", title: "Agents", Component: Agents, admin: true },
  { id: "backups", title: "Backups", Component: Backups },
  { id: "audit", title: "What was done", Component: Audit, admin: true },
];

/** Everything that can be set, a section at a time; each has an address. */
export function SettingsPage() {
  const { section } = useParams({ from: "/app/settings/$section" });
  const { data: me } = useQuery(meQuery);
  const allowed = SECTIONS.filter((one) => !one.admin || me?.scope === "admin");
  const shown = allowed.find((one) => one.id === section);
  usePageTitle(shown?.title ?? "Settings");
  return (
    <div className="grid gap-6 md:grid-cols-[12rem_minmax(0,1fr)]">
      <nav aria-label="Settings" className="flex flex-wrap gap-1 self-start md:flex-col">
        {allowed.map((one) => (
          <Link
            key={one.id}
            to="/settings/$section"
            params={{ section: one.id }}
            className="rounded-lg px-3 py-1.5 text-muted hover:bg-raised hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            {one.title}
          </Link>
        ))}
      </nav>
      <div className="max-w-4xl min-w-0 space-y-4">
        <h1 className="text-xl font-semibold">{shown?.title ?? "Settings"}</h1>
        {shown ? <shown.Component /> : <Empty title="There is no such section for you" />}
      </div>
    </div>
  );
}
