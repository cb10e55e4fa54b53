import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ADMIN, expect, Server, test } from "./fixtures.ts";
import { freePort } from "./server.ts";

const CLIENT = { client_id: "homelab", client_secret: "a secret of this test" };

/** A real, certified OpenID provider; its own pages log in whoever comes. */
async function startProvider(issuer: string, redirectUri: string): Promise<HttpServer> {
  const fromPage = createRequire(join(__dirname, "../../../frontend/package.json"));
  const { Provider } = fromPage("oidc-provider");
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: ["family"] }),
    }),
    cookies: { keys: ["a key of this test"] },
  });
  const listening = createServer(provider.callback());
  await new Promise<void>((resolve) => {
    listening.listen(Number(new URL(issuer).port), "127.0.0.1", resolve);
  });
  return listening;
}

test("a real OpenID provider logs people in, and connects to an account", async ({ page }) => {
  // Another name for the same machine: to the browser it is another site, as at home.
  const issuer = `http://localhost:${await freePort()}`;
  const secretFile = join(test.info().outputPath(), "client-secret");
  await mkdir(test.info().outputPath(), { recursive: true });
  await writeFile(secretFile, CLIENT.client_secret, { mode: 0o600 });
  const server = await Server.start({
    settings: (url) => ({
      HOMELAB_CMD_PUBLIC_URL: url,
      HOMELAB_CMD_OIDC_ISSUER: issuer,
      HOMELAB_CMD_OIDC_CLIENT_ID: CLIENT.client_id,
      HOMELAB_CMD_OIDC_CLIENT_SECRET_FILE: secretFile,
      HOMELAB_CMD_OIDC_NAME: "House",
    }),
  });
  const provider = await startProvider(issuer, `${server.url}/api/v1/auth/provider/callback`);
  try {
    await page.goto(`${server.url}/filesystems?q=ext`);
    await page.getByRole("button", { name: "Log in with House" }).click();
    await page.getByPlaceholder("Enter any login").fill("lena");
    await page.getByPlaceholder("and password").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page.getByRole("heading", { name: "Filesystems" })).toBeVisible();
    await expect(page).toHaveURL(`${server.url}/filesystems?q=ext`);
    const me = await page.request.get(`${server.url}/api/v1/auth/me`);
    expect(await me.json()).toEqual({ kind: "user", name: "lena", scope: "read" });

    await page.context().clearCookies({ name: "homelab_cmd_session" });
    await page.request.post(`${server.url}/api/v1/auth/login`, { form: ADMIN });
    await page.goto(`${server.url}/settings/account`);
    await page.getByRole("button", { name: "Connect" }).click();
    await expect(page.getByText("belongs to another account")).toBeVisible();
  } finally {
    provider.close();
    await server.dispose();
  }
});
