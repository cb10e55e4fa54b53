import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test as base, expect, Server } from "./fixtures.ts";

const ROOT = join(__dirname, "../../..");

/** A daemon that replays what a real Netdata answered. */
async function startNetdata(): Promise<{ daemon: ChildProcess; url: string }> {
  const words = ["-m", "tests.backend.netdata.standin"];
  const daemon = spawn(join(ROOT, ".venv/bin/python"), words, { cwd: ROOT });
  const [url] = await once(createInterface(daemon.stdout), "line");
  return { daemon, url };
}

const test = base.extend<object, { netdata: { daemon: ChildProcess; url: string } }>({
  netdata: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the pattern
    async ({}, use) => {
      const netdata = await startNetdata();
      await use(netdata);
      netdata.daemon.kill();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ netdata }, use) => {
      const settings = () => ({ HOMELAB_CMD_NETDATA_URL: netdata.url });
      const server = await Server.start({ settings });
      await use(server);
      await server.dispose();
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

test("the server's own Netdata is shown over three ranges, and its silence is told", async ({
  signedIn: page,
  server,
  netdata,
}) => {
  const token = await server.addHost("nas");
  await server.heartbeat(token, {
    server_id: "nas",
    hostname: "nas",
    timestamp: new Date().toISOString(),
    metrics: { cpu_percent: 1 },
  });
  await page.goto("/");
  const section = page.getByRole("region", { name: "This server (Netdata)" });
  await expect(section.getByRole("img", { name: /^CPU over the last 5 minutes: / })).toBeVisible();
  const asked = await page.request.get(`${server.url}/api/v1/server/metrics?range=24h`);
  const { ram } = await asked.json();
  await section.getByRole("button", { name: "24h" }).click();
  await expect(page).toHaveURL(/netdata=24h/);
  await expect(
    section.getByRole("img", { name: /^Memory over the last 24 hours: / }),
  ).toBeVisible();
  await expect(section).toContainText(`${ram.current.toFixed(0)}\u202f%`);
  netdata.daemon.kill();
  await page.reload();
  await expect(section).toContainText("refused the connection");
  await expect(section.getByRole("img")).toHaveCount(0);
});
