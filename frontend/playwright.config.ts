import { defineConfig } from "@playwright/test";
import { findBrowser } from "./tooling/browser.ts";

const browser = await findBrowser();

export default defineConfig({
  testDir: "../tests/e2e/browser",
  outputDir: "test-results",
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // Bounds, not expectations: what takes this long on a busy machine is broken on any.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: "list",
  // Each worker starts a server of its own; two are what a small machine bears.
  workers: 2,
  use: {
    browserName: "chromium",
    // Charts format by locale, and a POSIX one (en-US@posix) is none that Intl knows.
    locale: "en-GB",
    timezoneId: "UTC",
    video: "off",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: browser.executablePath,
      env: { ...(process.env as Record<string, string>), ...browser.env },
      args: [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
      ],
    },
  },
});
