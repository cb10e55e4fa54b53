import { expect, test } from "./fixtures.ts";

const mount = (mount_point: string, percent: number) => ({
  mount_point,
  device: "/dev/sda1",
  fs_type: "ext4",
  total_bytes: 100,
  used_bytes: percent,
  available_bytes: 100 - percent,
  percent,
});

test("a rule is tried, made, seen at work on the host's page, and ended", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("snappy");
  const answer = await server.heartbeat(token, {
    server_id: "snappy",
    hostname: "snappy",
    timestamp: new Date().toISOString(),
    interval_seconds: 60,
    filesystems: [mount("/", 40), mount("/squeezed/a", 100), mount("/squeezed/b", 100)],
  });
  expect(answer.status).toBe(200);
  const squeezed = page.getByRole("meter", { name: /^Filesystem \/squeezed/ });
  await page.goto("/hosts/snappy");
  await expect(squeezed).toHaveCount(2);

  await page.goto("/settings/hidden");
  await page.getByLabel("Kind").selectOption("Filesystem");
  await page.getByLabel("Name matches").fill("/squeezed/*");
  await expect(page.getByText(/^Hides 2 of \d+:$/)).toBeVisible();
  await expect(page.getByText("snappy:/squeezed/a")).toBeVisible();
  await page.getByRole("button", { name: "Hide", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "/squeezed/*" })).toContainText("all hosts");

  await page.goto("/hosts/snappy");
  await expect(page.getByText("Hidden: 2 of filesystem.")).toBeVisible();
  await expect(squeezed).toHaveCount(0);
  await expect(page.getByText("Up", { exact: true })).toBeVisible(); // no longer full
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(squeezed).toHaveCount(2);
  await page.getByRole("link", { name: "Rules" }).click();

  await page.getByRole("button", { name: "Show again what /squeezed/* hides" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Show again" }).click();
  await expect(page.getByText("Nothing is hidden")).toBeVisible();
});

test("a shorter retention says what it deletes, is saved, and put back", async ({
  signedIn: page,
}) => {
  await page.goto("/settings/history");
  const samples = page.getByLabel("Every sample");
  await expect(samples).toHaveValue("30");
  await samples.fill("14");
  await expect(page.getByText(/deletes every sample older than 14 days, for good/)).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved\./)).toBeVisible();
  await page.reload();
  await expect(samples).toHaveValue("14");
  await expect(page.getByText("Set by admin.")).toBeVisible();

  await samples.fill("100");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert")).toContainText("take at most 90 days");
  await samples.fill("30");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Saved\./)).toBeVisible();
});
