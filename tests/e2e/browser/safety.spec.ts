import { expect, THIS_MACHINE, test } from "./fixtures.ts";

test("the page asks no other origin for anything, and breaks no rule of its policy", async ({
  signedIn: page,
  server,
}) => {
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) foreign.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  for (const path of ["/", `/hosts/${THIS_MACHINE}`, "/filesystems", "/settings/tokens"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
  }
  await page.getByRole("button", { name: "Theme and units" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});
