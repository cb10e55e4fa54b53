import { createServer, type Server as HttpServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { ADMIN, expect, Server, THIS_MACHINE, test } from "./fixtures.ts";

const PREFIX = "/monitor";

/**
 * A reverse proxy that serves `target` below PREFIX, WebSockets too: as nginx with `proxy_pass …/`
 * it takes the path off, as one with `proxy_pass …` it passes it on.
 */
async function startProxy(target: string, { strips }: { strips: boolean }): Promise<HttpServer> {
  const { hostname, port } = new URL(target);
  const pass = ({ url = "", method, headers }: IncomingMessage) =>
    request({ hostname, port, method, headers, path: strips ? url.slice(PREFIX.length) : url });
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${PREFIX}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const passed = pass(incoming);
    passed.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  proxy.on("upgrade", (incoming, socket) => {
    const passed = pass(incoming);
    passed.on("upgrade", (answer, upstream) => {
      const lines = answer.rawHeaders.flatMap((name, place, all) =>
        place % 2 === 0 ? [`${name}: ${all[place + 1]}`] : [],
      );
      socket.write(["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n"));
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    passed.on("response", () => socket.destroy());
    passed.on("error", () => socket.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

/** Goes through page, API and stream below the proxy's path, from an address deep in the page. */
async function tryAll(page: Page, proxy: HttpServer) {
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`;
  const root = `http://${address}`;
  const sockets: string[] = [];
  page.on("websocket", (socket) => {
    sockets.push(socket.url().replace(/\?.*/, ""));
  });
  await page.goto(`${root}/hosts/${THIS_MACHINE}?range=15m`);
  await page.getByLabel("User name").fill(ADMIN.username);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(`${root}/hosts/${THIS_MACHINE}?range=15m`);
  await expect(page.getByRole("img", { name: /^CPU, chart/ })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("img", { name: /^CPU, chart/ })).toBeVisible();
  await expect(page.getByRole("banner")).toContainText("Live");
  expect(new Set(sockets)).toEqual(new Set([`ws://${address}/ws/live`]));
  await page.getByRole("link", { name: "HomelabCmd, hosts" }).click();
  await expect(page).toHaveURL(`${root}/`);
  await expect(page.getByRole("row").filter({ hasText: "Up" }).first()).toBeVisible();
}

test("all works below a path that a reverse proxy takes off", async ({ page, server }) => {
  const proxy = await startProxy(server.url, { strips: true });
  try {
    await tryAll(page, proxy);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("all works below a path that a reverse proxy passes on", async ({ page }) => {
  const settings = () => ({ HOMELAB_CMD_PUBLIC_URL: `https://home.example${PREFIX}` });
  const server = await Server.start({ settings });
  const proxy = await startProxy(server.url, { strips: false });
  try {
    await server.startAgent(THIS_MACHINE);
    await tryAll(page, proxy);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await server.dispose();
  }
});
