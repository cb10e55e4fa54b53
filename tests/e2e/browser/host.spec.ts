import { expect, THIS_MACHINE, test } from "./fixtures.ts";

test.beforeEach(async ({ signedIn: page }) => {
  await page.goto(`/hosts/${THIS_MACHINE}?range=15m`);
  await expect(page.getByRole("img", { name: /^CPU, chart/ })).toBeVisible();
});

test("every filesystem and interface of this machine is there, with its chart", async ({
  signedIn: page,
  server,
}) => {
  const answer = await page.request.get(`${server.url}/api/v1/servers/${THIS_MACHINE}`);
  const { filesystems, network_interfaces } = await answer.json();
  const files = page.getByRole("region", { name: "Filesystems" });
  for (const { mount_point } of filesystems) {
    await expect(
      files.getByRole("meter", { name: `Filesystem ${mount_point}`, exact: true }),
    ).toBeVisible();
  }
  const network = page.getByRole("region", { name: "Network" });
  for (const { name } of network_interfaces) {
    await expect(
      network.getByRole("button", { name: `Transfer of ${name}`, exact: true }),
    ).toBeAttached();
  }
  await files.getByRole("button", { name: "History of /", exact: true }).click();
  await expect(files.getByRole("img", { name: /^Space of \/, chart/ })).toBeVisible();
});

test("dragging over a chart zooms all and stops the clock, L goes on", async ({
  signedIn: page,
}) => {
  const chart = page.getByRole("img", { name: /^CPU, chart/ });
  const box = await chart.boundingBox();
  if (!box) throw new Error("the chart has no box");
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 5 });
  await page.mouse.up();
  await expect(page).toHaveURL(/from=\d+&to=\d+/);
  await expect(page.getByRole("banner")).toContainText("Paused");
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/\?range=15m$/);
  await expect(page.getByRole("banner")).toContainText("Live");
});

test("a click on a chart pins the moment, Esc lets go of it", async ({ signedIn: page }) => {
  const box = await page.getByRole("img", { name: /^CPU, chart/ }).boundingBox();
  if (!box) throw new Error("the chart has no box");
  await page.mouse.click(box.x + box.width / 2, box.y + 60);
  const lookBack = page.getByRole("button", { name: /^See all as of/ });
  await expect(lookBack).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(lookBack).toHaveCount(0);
  await page.mouse.click(box.x + box.width / 2, box.y + 60);
  await lookBack.click();
  await expect(page.getByRole("region", { name: /^As of/ })).toBeVisible();
  await expect(page).toHaveURL(/at=\d+/);
});

test("a moment looked back to shows what was there, and what has changed since", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("looked-back");
  const now = Date.now();
  const report = (time: number, cpu_percent: number, mounts: string[]) =>
    server.heartbeat(token, {
      server_id: "looked-back",
      hostname: "looked-back",
      timestamp: new Date(time).toISOString(),
      interval_seconds: 60,
      metrics: { cpu_percent },
      filesystems: mounts.map((mount_point) => ({
        mount_point,
        device: "/dev/sda1",
        fs_type: "ext4",
        total_bytes: 100,
        used_bytes: 40,
        available_bytes: 60,
        percent: 40,
      })),
    });
  await report(now - 600_000, 10, ["/", "/usb"]);
  await report(now, 50, ["/"]);
  await page.goto(`/hosts/looked-back?at=${Math.ceil(now / 1000) - 590}`);
  const then = page.getByRole("region", { name: /^As of/ });
  await expect(then.getByRole("cell", { name: "/usb" })).toBeVisible();
  await then.getByRole("button", { name: "Compare with now" }).click();
  await expect(then.getByText("gone: /usb")).toBeVisible();
  await expect(page).toHaveURL(/than=now/);
  const row = then.getByRole("row").filter({ hasText: "cpu percent" });
  await expect(row).toContainText(/10.%.*50.%/);
  // Two moments of the past, the later first: the address tells of both, and the order is theirs.
  const [early, late] = [Math.ceil(now / 1000) - 590, Math.ceil(now / 1000)];
  await page.goto(`/hosts/looked-back?at=${late}&than=${early}`);
  await expect(then.getByText("gone: /usb")).toBeVisible();
  await then.getByRole("button", { name: "Close the look back" }).click();
  await expect(then).toHaveCount(0);
});

test("T turns the charts into tables with the same numbers", async ({ signedIn: page }) => {
  await page.keyboard.press("t");
  const table = page.getByRole("table", { name: "CPU" });
  await expect(table.getByRole("columnheader", { name: "System" })).toBeVisible();
  await expect(table.getByRole("row").nth(1)).toContainText("%");
});

test("a host can be renamed and tagged", async ({ signedIn: page }) => {
  await page.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Rename and tag" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("The machine itself");
  await dialog.getByLabel("Tags").fill("rack, test");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "The machine itself" })).toBeVisible();
  await page.goto("/?tag=rack");
  await expect(page.getByRole("row").filter({ hasText: "The machine itself" })).toBeVisible();
});
