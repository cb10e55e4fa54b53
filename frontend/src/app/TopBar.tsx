import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { meQuery, useLogout } from "@/api/auth";
import { serversQuery } from "@/api/servers";
import { Icon } from "@/components/Icon";
import { Menu, MenuChoice, MenuItem, MenuLine } from "@/components/Menu";
import { Status } from "@/components/Status";
import { tally } from "@/features/hosts/condition";
import { plural } from "@/lib/format";
import { setPreferences, usePreferences } from "@/lib/preferences";
import { HostSearch } from "./HostSearch";
import { LiveState } from "./LiveState";

/** The bar above every page: where one is, what is wrong, whether it is live. */
export function TopBar() {
  return (
    <header className="sticky top-0 z-40 border-b border-line bg-page/90 backdrop-blur">
      <div className="mx-auto flex h-14 max-w-[100rem] items-center gap-1 px-4 sm:gap-2 sm:px-6">
        <Link
          to="/"
          className="flex shrink-0 items-center gap-2 font-semibold"
          aria-label="HomelabCmd, hosts"
        >
          <img src="./favicon.svg" alt="" width={26} height={26} />
          <span className="hidden md:inline">HomelabCmd</span>
        </Link>
        <nav aria-label="Pages" className="ml-2 hidden sm:flex">
          <BarLink to="/">Hosts</BarLink>
          <BarLink to="/filesystems">Filesystems</BarLink>
        </nav>
        <Trouble />
        <div className="ml-auto flex items-center gap-1">
          <LiveState />
          <HostSearch />
          {/* The narrowest screens find it among the settings. */}
          <div className="max-[24rem]:hidden">
            <ThemeMenu />
          </div>
          <UserMenu />
        </div>
      </div>
    </header>
  );
}

function BarLink({ to, children }: { to: "/" | "/filesystems"; children: string }) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: true, includeSearch: false }}
      className="rounded-lg px-2.5 py-1 text-muted hover:text-ink aria-[current=page]:font-medium aria-[current=page]:text-ink"
    >
      {children}
    </Link>
  );
}

/** "2 down, 1 warning", from every page. */
function Trouble() {
  const { data } = useQuery(serversQuery);
  const { down, warning } = tally(data?.servers ?? []);
  if (!down && !warning) return null;
  const words = [down && `${down} down`, warning && plural(warning, "warning")].filter(Boolean);
  return (
    <Link
      to="/"
      search={{ show: down ? "down" : "warning" }}
      className="ml-2 rounded-full border border-line-strong px-2.5 py-0.5 text-xs hover:bg-raised"
    >
      <Status tone={down ? "critical" : "warning"}>
        <span className="sm:hidden">
          {down + warning} <span className="sr-only">in trouble</span>
        </span>
        <span className="max-sm:hidden">{words.join(", ")}</span>
      </Status>
    </Link>
  );
}

const THEMES = [
  ["system", "As the system", "system"],
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
] as const;

function ThemeMenu() {
  const { theme, rateUnit } = usePreferences();
  const icon = THEMES.find(([name]) => name === theme)?.[2] ?? "system";
  return (
    <Menu label="Theme and units" button={<Icon name={icon} size={18} />}>
      <MenuChoice
        label="Theme"
        value={theme}
        options={THEMES}
        onChange={(chosen) => setPreferences({ theme: chosen })}
      />
      <MenuLine />
      <MenuChoice
        label="Transfer in"
        value={rateUnit}
        options={[
          ["bits", "Bits per second"],
          ["bytes", "Bytes per second"],
        ]}
        onChange={(chosen) => setPreferences({ rateUnit: chosen })}
      />
    </Menu>
  );
}

function UserMenu() {
  const { data: me } = useQuery(meQuery);
  const logout = useLogout();
  const navigate = useNavigate();
  const leave = () => logout.mutate(undefined, { onSettled: () => navigate({ to: "/login" }) });
  return (
    <Menu label={`Account of ${me?.name ?? "nobody"}`} button={<Icon name="user" size={18} />}>
      <p className="px-2 py-1 text-xs text-muted">
        {me?.name}, {me?.scope}
      </p>
      <MenuItem icon="disk" onSelect={() => navigate({ to: "/filesystems" })}>
        All filesystems
      </MenuItem>
      {me?.scope === "admin" && (
        <MenuItem icon="plus" onSelect={() => navigate({ to: "/add" })}>
          Add a host
        </MenuItem>
      )}
      <MenuItem
        icon="settings"
        onSelect={() => navigate({ to: "/settings/$section", params: { section: "appearance" } })}
      >
        Settings
      </MenuItem>
      <MenuLine />
      <MenuItem icon="forward" onSelect={leave}>
        Log out
      </MenuItem>
    </Menu>
  );
}
