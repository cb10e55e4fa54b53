import { expect, type Server, test } from "./fixtures.ts";

/** Hosts are named by the test, for others share the server. */
async function report(server: Server, token: string, host: string, cpu_percent: number) {
  const answer = await server.heartbeat(token, {
    server_id: host,
    hostname: host,
    timestamp: new Date().toISOString(),
    interval_seconds: 60,
    metrics: { cpu_percent },
  });
  expect(answer.status).toBe(200);
}

test("without the stream the page asks, and says that it does", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("polled");
  await report(server, token, "polled", 11);
  await page.routeWebSocket(/\/ws\/live/, (socket) => socket.close());
  await page.goto("/?q=polled");
  await expect(page.getByRole("banner")).toContainText("Reconnecting…");
  const cpu = page.getByRole("meter", { name: "CPU" });
  await expect(cpu).toHaveAttribute("aria-valuenow", "11");
  await report(server, token, "polled", 77);
  await expect(cpu).toHaveAttribute("aria-valuenow", "77");
});

test("a stream that slept is opened anew as soon as someone looks", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("slept");
  await report(server, token, "slept", 12);
  let opened = 0;
  page.on("websocket", () => {
    opened += 1;
  });
  await page.goto("/?q=slept");
  await expect(page.getByRole("banner")).toContainText("Live");
  expect(opened).toBe(1);
  await page.evaluate(() => {
    const now = Date.now;
    const night = 8 * 3600 * 1000;
    Date.now = () => now() + night;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => opened).toBe(2);
  await expect(page.getByRole("banner")).toContainText("Live");
  await report(server, token, "slept", 88);
  await expect(page.getByRole("meter", { name: "CPU" })).toHaveAttribute("aria-valuenow", "88");
});
