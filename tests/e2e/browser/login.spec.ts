import { ADMIN, expect, test } from "./fixtures.ts";

test("the address that was come for opens after the login", async ({ page }) => {
  await page.goto("/filesystems?q=ext");
  await page.getByLabel("User name").fill(ADMIN.username);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("do not belong together");

  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Filesystems" })).toBeVisible();
  await expect(page).toHaveURL(/filesystems\?q=ext/);
});

test("an address elsewhere is never gone to after the login", async ({ page, server }) => {
  await page.goto("/login?next=//example.org/");
  await page.getByLabel("User name").fill(ADMIN.username);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Hosts", level: 1 })).toBeAttached();
  expect(page.url().startsWith(server.url)).toBe(true);
});

test("logging out ends the session", async ({ signedIn: page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: `Account of ${ADMIN.username}` }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
  expect((await page.request.get("/api/v1/auth/me")).status()).toBe(401);
});
