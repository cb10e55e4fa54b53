import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";
import { ROOT_PATH } from "@/api/base";
import { LoginPage } from "@/features/auth/LoginPage";
import { SetupPage } from "@/features/auth/SetupPage";
import { HostsPage } from "@/features/hosts/HostsPage";
import { parseListSearch } from "@/features/hosts/listing";
import { parseHostSearch } from "@/lib/range";
import { Broken, NotFound } from "./Dead";
import { Shell } from "./Shell";

const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ({ error }) => <Broken error={error as Error} />,
});

interface LoginSearch {
  next?: string;
  /** Why the OpenID provider let nobody in, as the server names it. */
  problem?: string;
}

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  component: LoginPage,
  // Only an address of this page is worth going to after the login.
  validateSearch: ({ next, problem }: Record<string, unknown>): LoginSearch => ({
    ...(typeof next === "string" && /^\/(?![/\\])/.test(next) && { next }),
    ...(typeof problem === "string" && { problem }),
  }),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: SetupPage,
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  component: Shell,
});

const hostsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  component: HostsPage,
  validateSearch: parseListSearch,
});

const hostRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/hosts/$serverId",
  // Charts weigh as much as all the rest: they come with the first host that is opened.
  component: lazyRouteComponent(() => import("@/features/host/HostPage"), "HostPage"),
  validateSearch: parseHostSearch,
});

const filesystemsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/filesystems",
  component: lazyRouteComponent(
    () => import("@/features/filesystem/FilesystemsPage"),
    "FilesystemsPage",
  ),
  validateSearch: ({ q }: Record<string, unknown>): { q?: string } => (q ? { q: String(q) } : {}),
});

const addRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/add",
  component: lazyRouteComponent(() => import("@/features/enrolment/AddHostPage"), "AddHostPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  setupRoute,
  appRoute.addChildren([hostsRoute, hostRoute, filesystemsRoute, addRoute, settingsRoute]),
]);

export const router = createRouter({
  routeTree,
  basepath: ROOT_PATH || "/",
  defaultPreload: "intent",
  scrollRestoration: true,
  // What no page asked for does not pass its checks by standing in the address.
  search: { strict: true },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
