import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ADMIN, expect, type Server, test } from "./fixtures.ts";

const HOST = "arranged";
const VIEWER = { username: "viewer", password: "another long password" };

test.beforeAll(async ({ server }) => {
  const token = await server.addHost(HOST);
  const words = ["user", "create", VIEWER.username, "--password-stdin"];
  await server.command(words, `${VIEWER.password}\n`);
  const answer = await server.heartbeat(token, {
    server_id: HOST,
    hostname: HOST,
    timestamp: new Date().toISOString(),
    interval_seconds: 60,
    metrics: { cpu_percent: 12, memory_percent: 40, load_1m: 0.5 },
    filesystems: [],
    network_interfaces: [],
  });
  expect(answer.status).toBe(200);
});

test.beforeEach(({ signedIn: page, server }) => arrange(page, server));

/** Opens the host in its own order, ready to be arranged. */
async function arrange(page: Page, server: Server) {
  const reset = await page.request.delete(`${server.url}/api/v1/layouts/host:${HOST}`, {
    headers: { "X-Requested-With": "homelab-cmd" },
  });
  expect(reset.status()).toBe(204);
  await page.goto(`/hosts/${HOST}`);
  await page.getByRole("button", { name: "Arrange", exact: true }).click();
  await expect(page.getByRole("button", { name: "Move CPU" })).toBeVisible();
}

/** The names of the widgets in reading order, the events at the end left out. */
const titles = async (page: Page) =>
  (await page.locator("[data-widget] h2").allTextContents()).slice(0, 3);

const saved = (page: Page) =>
  page.waitForResponse((answer) => answer.url().includes("/api/v1/layouts/") && answer.ok());

test("a widget is dragged into another one's place, and stands there after a reload", async ({
  signedIn: page,
}) => {
  expect(await titles(page)).toEqual(["CPU", "Load", "Memory"]);
  const handle = await page.getByRole("button", { name: "Move CPU" }).boundingBox();
  const target = await page.locator("[data-widget=memory]").boundingBox();
  if (!handle || !target) throw new Error("a widget has no box");
  await page.mouse.move(handle.x + 10, handle.y + 10);
  await page.mouse.down();
  await page.mouse.move(target.x + 80, target.y + 40, { steps: 8 });
  const put = saved(page);
  await page.mouse.up();
  expect(await titles(page)).toEqual(["Load", "Memory", "CPU"]);
  await put;
  await page.reload();
  await expect(page.locator("[data-widget]").first()).toBeVisible();
  expect(await titles(page)).toEqual(["Load", "Memory", "CPU"]);
});

test("Esc lets go of a dragged widget, which stays where it was", async ({ signedIn: page }) => {
  const handle = await page.getByRole("button", { name: "Move CPU" }).boundingBox();
  const target = await page.locator("[data-widget=memory]").boundingBox();
  if (!handle || !target) throw new Error("a widget has no box");
  await page.mouse.move(handle.x + 10, handle.y + 10);
  await page.mouse.down();
  await page.mouse.move(target.x + 80, target.y + 40, { steps: 8 });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  expect(await titles(page)).toEqual(["CPU", "Load", "Memory"]);
});

test("the keyboard alone moves, and the focus stays at the handle", async ({ signedIn: page }) => {
  const handle = page.getByRole("button", { name: "Move CPU" });
  await handle.focus();
  const put = saved(page);
  await page.keyboard.press("ArrowRight");
  await put;
  await page.keyboard.press("ArrowDown");
  expect(await titles(page)).toEqual(["Load", "Memory", "CPU"]);
  await expect(handle).toBeFocused();
  await expect(page.getByText("CPU: place 3 of")).toBeAttached();
  await page.keyboard.press("Home");
  expect(await titles(page)).toEqual(["CPU", "Load", "Memory"]);
  await expect(page).toHaveURL(new RegExp(`/hosts/${HOST}$`)); // the arrows moved no range
});

test("widgets are widened, hidden, shown again and put back", async ({ signedIn: page }) => {
  const cpu = page.locator("[data-widget=cpu]");
  const before = (await cpu.boundingBox())?.width ?? 0;
  await page.getByLabel("Width of CPU").selectOption("Whole row");
  await expect
    .poll(async () => (await cpu.boundingBox())?.width ?? 0)
    .toBeGreaterThan(before * 1.8);
  await page.getByRole("button", { name: "Hide Load" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("heading", { name: "Load", exact: true })).toHaveCount(0);

  await page.reload();
  await expect(cpu).toBeVisible();
  await expect(page.getByRole("heading", { name: "Load", exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Arrange", exact: true }).click();
  await page.getByRole("button", { name: "Show Load" }).click();
  await expect(page.getByRole("heading", { name: "Load", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Reset" }).click();
  await expect.poll(async () => (await cpu.boundingBox())?.width ?? 0).toBe(before);
});

test("another person sees their own arrangement", async ({ signedIn: page, browser, server }) => {
  const put = saved(page);
  await page.getByRole("button", { name: "Hide CPU" }).click();
  await put;
  const other = await browser.newPage({ baseURL: server.url });
  try {
    await other.request.post("api/v1/auth/login", { form: VIEWER });
    await other.goto(`/hosts/${HOST}`);
    await expect(other.locator("[data-widget=cpu]")).toBeVisible();
  } finally {
    await other.close();
  }
  await page.request.post("api/v1/auth/login", { form: ADMIN });
  await page.reload();
  await expect(page.locator("[data-widget=load]")).toBeVisible();
  await expect(page.locator("[data-widget=cpu]")).toHaveCount(0);
});

test("at 320 pixels one column keeps the order, and nothing scrolls sideways", async ({
  signedIn: page,
}) => {
  await page.setViewportSize({ width: 320, height: 640 });
  const handle = page.getByRole("button", { name: "Move Memory" });
  await handle.focus();
  await page.keyboard.press("Home");
  expect(await titles(page)).toEqual(["Memory", "CPU", "Load"]);
  const boxes = await page
    .locator("[data-widget]")
    .evaluateAll((widgets) =>
      widgets.slice(0, 3).map((widget) => widget.getBoundingClientRect().top),
    );
  expect(boxes).toEqual([...boxes].sort((one, other) => one - other));
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  expect(sideways).toBe(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    test("arranging has nothing serious", async ({ signedIn: page }) => {
      await page.getByRole("button", { name: "Hide Load" }).click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(
        ({ impact }) => !["minor", "moderate"].includes(`${impact}`),
      );
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
    });
  });
}
