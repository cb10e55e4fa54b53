import { ADMIN, expect, Server, test } from "./fixtures.ts";

test("when the server is away the page says so, and goes on by itself when it is back", async ({
  browser,
}) => {
  // It starts a server twice.
  test.setTimeout(300_000);
  const server = await Server.start();
  const page = await browser.newPage({ baseURL: server.url });
  try {
    await server.startAgent("a-host");
    await page.request.post("api/v1/auth/login", { form: ADMIN });
    await page.goto("/");
    await expect(page.getByRole("row").filter({ hasText: "Up" })).toBeVisible();

    await server.halt();
    await expect(page.getByText(/has not answered since/)).toBeVisible({ timeout: 60_000 });
    await expect(page).toHaveTitle(/^\(!\)/);
    await expect(page.getByRole("banner")).toContainText(/Server not reachable since \d\d:\d\d/);
    await expect(page.locator("main .outdated").first()).toBeVisible();
    await expect(page.getByRole("row").filter({ hasText: "Up" })).toBeVisible();

    await server.startProgram();
    await expect(page.getByText(/has not answered since/)).toBeHidden({ timeout: 60_000 });
    await expect(page).toHaveTitle("Hosts · HomelabCmd");
    await expect(page.getByRole("banner")).toContainText("Live", { timeout: 60_000 });
  } finally {
    await page.close();
    await server.dispose();
  }
});
