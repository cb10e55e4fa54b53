import { expect, Server, test } from "./fixtures.ts";

test("the printed link makes the first admin, who then is asked to add a host", async ({
  browser,
}) => {
  const server = await Server.start({ account: false });
  const page = await browser.newPage({ baseURL: server.url });
  try {
    const link = /http\S+\/setup#token=\S+/.exec(server.output)?.[0] ?? "no link";
    await page.goto(new URL(link).pathname + new URL(link).hash);
    await page.getByLabel("User name").fill("anna");
    await page.getByLabel("Password", { exact: true }).fill("a long enough password");
    await page.getByLabel("Password, again").fill("another password");
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByRole("alert")).toHaveText("The two passwords differ.");

    await page.getByLabel("Password, again").fill("a long enough password");
    await page.getByRole("button", { name: "Set up" }).click();
    await expect(page.getByRole("heading", { name: "Add the first host" })).toBeVisible();
    await expect(page.getByText("Waiting for the first sample…")).toBeVisible();

    await server.startAgent("first-host");
    await expect(page.getByRole("row").filter({ hasText: "Up" })).toBeVisible();
  } finally {
    await page.close();
    await server.dispose();
  }
});
