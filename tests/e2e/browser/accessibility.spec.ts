import AxeBuilder from "@axe-core/playwright";
import { expect, THIS_MACHINE, test } from "./fixtures.ts";

const PAGES = [
  "/",
  `/hosts/${THIS_MACHINE}`,
  "/filesystems",
  "/add",
  "/settings/appearance",
  "/settings/account",
  "/settings/history",
  "/settings/hidden",
  "/settings/people",
  "/settings/tokens",
  "/settings/agents",
  "/settings/backups",
  "/settings/audit",
];

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const path of PAGES) {
      test(`${path} has nothing serious`, async ({ signedIn: page }) => {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
        await expect(page.getByText("Loading…")).toHaveCount(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const serious = violations.filter(
          ({ impact }) => impact === "serious" || impact === "critical",
        );
        expect(serious.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
      });
    }

    test("the login has nothing serious", async ({ page }) => {
      await page.goto("/login");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.filter(({ impact }) => impact !== "minor")).toEqual([]);
    });
  });
}

test("what is no longer current is grey, and still readable", async ({
  signedIn: page,
  server,
}) => {
  const token = await server.addHost("grey");
  const answer = await server.heartbeat(token, {
    server_id: "grey",
    hostname: "grey",
    timestamp: new Date(Date.now() - 60_000).toISOString(),
    interval_seconds: 1,
    metrics: { cpu_percent: 12, load_1m: 1, memory_percent: 50 },
    network_interfaces: [],
  });
  expect(answer.status).toBe(200);
  for (const path of ["/?q=grey", "/hosts/grey", "/hosts/nobody"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await expect(page.getByText("Loading…")).toHaveCount(0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([]);
  }
});
