import { createHmac } from "node:crypto";
import { expect, test } from "./fixtures.ts";

const LENA = { username: "lena", password: "a long enough password" };

test.beforeAll(async ({ server }) => {
  const words = ["user", "create", LENA.username, "--password-stdin"];
  await server.command(words, `${LENA.password}\n`);
});

test("a second factor is set up by its QR code, and asked for at the next login", async ({
  page,
}) => {
  await page.request.post("api/v1/auth/login", { form: LENA });
  await page.goto("/settings/account");
  const panel = page.locator("section").filter({ hasText: "Second factor" });
  await panel.getByRole("button", { name: "Set up" }).click();
  await expect(panel.getByRole("img", { name: "QR code" })).toBeVisible();
  const secret = await panel.locator("code").innerText();
  await panel.getByLabel("Code that it shows").fill(codeOf(secret, -1));
  await panel.getByLabel("Your password").fill(LENA.password);
  await panel.getByRole("button", { name: "Turn on" }).click();
  await expect(panel.getByRole("status")).toContainText("recovery codes");
  await expect(panel.getByRole("listitem")).toHaveCount(10);
  const recovery = await panel.getByRole("listitem").first().innerText();

  await page.context().clearCookies();
  await page.goto("/login");
  await page.getByLabel("User name").fill(LENA.username);
  await page.getByLabel("Password").fill(LENA.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Code").fill("000 000");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toContainText("The code is wrong");
  await page.getByLabel("Code").fill(recovery);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "Hosts", level: 1 })).toBeAttached();
});

/** RFC 6238, as an authenticator computes it, `steps` of 30 s away from now. */
function codeOf(secret: string, steps = 0): string {
  const bits = [...secret].map((one) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(one));
  const text = bits.map((five) => five.toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((text.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
