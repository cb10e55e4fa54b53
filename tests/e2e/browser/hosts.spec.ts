import { expect, THIS_MACHINE, test } from "./fixtures.ts";

test("the list shows this machine with values of now, and leads to it", async ({
  signedIn: page,
  server,
}) => {
  // Other tests of the worker add hosts to the same server.
  await page.goto(`/?q=${THIS_MACHINE}`);
  const row = page.getByRole("row").filter({ hasText: "Up" });
  await expect(row).toHaveCount(1);
  await expect(row.getByRole("meter", { name: "CPU" })).toBeVisible();
  await expect(row.getByRole("meter", { name: /^Filesystem/ })).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`${server.url}/hosts/${THIS_MACHINE}`);
});

test("the filter stands in the address and can be undone", async ({ signedIn: page }) => {
  await page.goto("/");
  await expect(page.getByRole("row").filter({ hasText: "Up" }).first()).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("no such host");
  await expect(page.getByText("No host matches")).toBeVisible();
  await expect(page).toHaveURL(/\?q=no\+such\+host|\?q=no%20such%20host/);
  await page.getByRole("button", { name: /Show all/ }).click();
  await expect(page.getByRole("row").filter({ hasText: "Up" }).first()).toBeVisible();
});

test("Ctrl-K goes to a host by a few letters", async ({ signedIn: page }) => {
  await page.goto("/filesystems");
  await expect(page.getByRole("heading", { name: "Filesystems" })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Host" }).fill("this-m");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/hosts/${THIS_MACHINE}$`));
});

test("a host that stopped reporting is not shown as current", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("went-silent");
  const interval_seconds = 1;
  const timestamp = new Date(Date.now() - 5_000).toISOString();
  const answer = await server.heartbeat(token, {
    server_id: "went-silent",
    hostname: "went-silent",
    timestamp,
    interval_seconds,
    metrics: { cpu_percent: 12 },
    filesystems: [],
    network_interfaces: [],
  });
  expect(answer.status).toBe(200);
  await page.goto("/");
  const row = page.getByRole("row").filter({ hasText: "went-silent" });
  await expect(row).toContainText(/No data|Down/);
  await expect(row.locator(".outdated").first()).toHaveAttribute("title", /not current/);
});

test("nothing scrolls sideways on a narrow screen", async ({ signedIn: page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of ["/", `/hosts/${THIS_MACHINE}`, "/filesystems", "/settings/tokens", "/add"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(sideways, path).toBe(0);
  }
});
