import { test as base, expect, type Page } from "@playwright/test";
import { ADMIN, Server } from "./server.ts";

export { ADMIN, expect, Server };

/** The host that a real agent reports from the machine the tests run on. */
export const THIS_MACHINE = "this-machine";

interface TestFixtures {
  /** The page with ADMIN logged in. */
  signedIn: Page;
}

interface WorkerFixtures {
  /** A server with ADMIN and THIS_MACHINE, shared by the tests of a worker. */
  server: Server;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the pattern
    async ({}, use) => {
      const server = await Server.start();
      try {
        await server.startAgent(THIS_MACHINE);
        await use(server);
      } finally {
        await server.dispose();
      }
    },
    // Apart from the test's own time: a busy machine takes its while to start a server.
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: ({ server }, use) => use(server.url),
  signedIn: async ({ page }, use) => {
    const answer = await page.request.post("api/v1/auth/login", { form: ADMIN });
    expect(answer.ok(), await answer.text()).toBe(true);
    await use(page);
  },
});
