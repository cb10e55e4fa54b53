import { createServer, type Server as HttpServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { ADMIN, expect, THIS_MACHINE, test } from "./fixtures.ts";

const PREFIX = "/monitor";

/** A reverse proxy that serves `target` below PREFIX, as nginx with `proxy_pass …/` does. */
async function startProxy(target: string): Promise<HttpServer> {
  const { hostname, port } = new URL(target);
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "";
    if (!path.startsWith(`${PREFIX}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const passed = request(
      { hostname, port, path: path.slice(PREFIX.length), method, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

test("the page works below a path of a reverse proxy, at any depth", async ({ page, server }) => {
  const proxy = await startProxy(server.url);
  try {
    const root = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`;
    await page.goto(`${root}/hosts/${THIS_MACHINE}?range=15m`);
    await page.getByLabel("User name").fill(ADMIN.username);
    await page.getByLabel("Password").fill(ADMIN.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page).toHaveURL(`${root}/hosts/${THIS_MACHINE}?range=15m`);
    await expect(page.getByRole("img", { name: /^CPU, chart/ })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("img", { name: /^CPU, chart/ })).toBeVisible();
    await page.getByRole("link", { name: "HomelabCmd, hosts" }).click();
    await expect(page).toHaveURL(`${root}/`);
    await expect(page.getByRole("row").filter({ hasText: "Up" }).first()).toBeVisible();
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});
