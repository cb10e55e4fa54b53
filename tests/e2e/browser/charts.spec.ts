import type { Page } from "@playwright/test";
import { expect, type Server, test } from "./fixtures.ts";

const HOST = "charted";
const MINUTE_MS = 60_000;
const REPORTS = 120;

/** A host with two hours of samples a minute apart, and a boot in their middle. */
async function addCharted(server: Server): Promise<void> {
  const token = await server.addHost(HOST);
  const now = Date.now();
  const heartbeats = Array.from({ length: REPORTS }, (_, index) => ({
    server_id: HOST,
    hostname: HOST,
    timestamp: new Date(now - (REPORTS - index) * MINUTE_MS).toISOString(),
    interval_seconds: 60,
    metrics: {
      cpu_percent: 20 + (index % 10),
      cpu_user_percent: 10,
      cpu_system_percent: 5,
      load_1m: 1,
      load_5m: 1,
      load_15m: 1,
      memory_used_bytes: 2 ** 30,
      memory_total_bytes: 2 ** 32,
      memory_percent: 25,
      uptime_seconds: (index < REPORTS / 2 ? 90_000 : -60 * (REPORTS / 2)) + index * 60,
    },
  }));
  const answer = await server.heartbeats(token, heartbeats);
  expect(answer.status).toBe(200);
}

test.beforeEach(async ({ signedIn: page, server }) => {
  const known = await page.request.get(`/api/v1/servers/${HOST}`);
  if (known.status() === 404) await addCharted(server);
  await page.goto(`/hosts/${HOST}?range=6h`);
  await expect(chart(page, "CPU")).toBeVisible();
});

const chart = (page: Page, name: string) => page.getByRole("img", { name: `${name}, chart` });
const legend = (page: Page, widget: string) =>
  page.getByRole("region", { name: widget, exact: true }).locator("figcaption");

function spanOf(page: Page): number {
  const { searchParams } = new URL(page.url());
  return Number(searchParams.get("to")) - Number(searchParams.get("from"));
}

test("keys move, zoom and bring back the live view", async ({ signedIn: page }) => {
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  await expect(page.getByRole("banner")).toContainText("Paused");
  const before = new URL(page.url());
  expect(spanOf(page)).toBe(6 * 3600);
  await page.keyboard.press("ArrowRight");
  await expect(page).not.toHaveURL(before.href);
  expect(spanOf(page)).toBe(6 * 3600);
  await page.keyboard.press("+");
  await expect.poll(() => spanOf(page)).toBe(3 * 3600);
  await page.keyboard.press("-");
  await expect.poll(() => spanOf(page)).toBe(6 * 3600);
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/\?range=6h$/);
  await expect(page.getByRole("banner")).toContainText("Live");
});

test("one crosshair is on all charts, and a double click resets the zoom", async ({
  signedIn: page,
}) => {
  const quiet = await legend(page, "Memory").innerText();
  const box = await chart(page, "CPU").boundingBox();
  if (!box) throw new Error("the chart has no box");
  await page.mouse.move(box.x + box.width * 0.9, box.y + 60);
  await expect(legend(page, "Memory")).not.toHaveText(quiet);
  await expect(legend(page, "Memory")).toContainText(/\d\d:\d\d/);
  await page.keyboard.press("+");
  await expect(page).toHaveURL(/from=\d+/);
  await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 60);
  await expect(page).toHaveURL(/\?range=6h$/);
  await expect(page.getByRole("button", { name: /^See all as of/ })).toHaveCount(0);
});

test("a click on a name in the legend shows that line alone", async ({ signedIn: page }) => {
  const user = legend(page, "CPU").getByRole("button", { name: /^User/ });
  const inked = () =>
    chart(page, "CPU")
      .locator("canvas")
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL().length);
  const all = await inked();
  await user.click();
  await expect(user).toHaveAttribute("aria-pressed", "true");
  await expect.poll(inked).toBeLessThan(all);
  await user.click();
  await expect(user).toHaveAttribute("aria-pressed", "false");
});

test("an event is marked on every chart", async ({ signedIn: page }) => {
  await page.getByRole("region", { name: "Events" }).getByRole("button", { name: /^Boot/ }).click();
  for (const widget of ["CPU", "Load", "Memory"]) {
    await expect(legend(page, widget)).toContainText("Boot");
  }
  await page.getByRole("button", { name: /^See all as of/ }).click();
  await expect(page.getByRole("region", { name: /^As of/ })).toContainText("CPU");
});
