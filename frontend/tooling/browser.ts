import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium as ownChromium } from "@playwright/test";

/** How to start the browser of the tests: its program, and what it adds to its environment. */
export interface Browser {
  executablePath: string;
  env: Record<string, string>;
}

const CACHE = fileURLToPath(new URL("../node_modules/.cache/", import.meta.url));
const SYSTEM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Finds a Chromium: HOMELAB_BROWSER, the system's, Playwright's own, or the one from npm, which
 * needs nothing installed. `HOMELAB_BROWSER=npm` asks for the last at once.
 */
export async function findBrowser(): Promise<Browser> {
  const wanted = process.env.HOMELAB_BROWSER;
  if (wanted === "npm") return unpackedBrowser();
  if (wanted) return { executablePath: wanted, env: {} };
  const folders = (process.env.PATH ?? "").split(delimiter);
  const ofSystem = SYSTEM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...ofSystem, ownChromium.executablePath()]) {
    if (await exists(path)) return { executablePath: path, env: {} };
  }
  return unpackedBrowser();
}

/** The browser of @sparticuz/chromium, with the libraries and the font that a bare Debian lacks. */
async function unpackedBrowser(): Promise<Browser> {
  const entry = import.meta.resolve("@sparticuz/chromium");
  const manifest: unknown = JSON.parse(
    await readFile(new URL("../package.json", entry), { encoding: "utf8" }),
  );
  const { version } = manifest as { version: string };
  const home = join(CACHE, `chromium-${version}`);
  if (!(await exists(home))) await unpack(fileURLToPath(new URL("../bin/", entry)), home);
  return {
    executablePath: join(home, "chromium"),
    env: {
      FONTCONFIG_FILE: join(home, "fonts.conf"),
      LD_LIBRARY_PATH: join(home, "al2023/lib"),
    },
  };
}

/**
 * The package unpacks into the folder for temporary files and trusts whatever lies there under
 * its names; so that folder is a new one, renamed to `home` only when whole.
 */
async function unpack(archives: string, home: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${home}.`);
  const { inflate } = await import("@sparticuz/chromium");
  const temporary = process.env.TMPDIR;
  process.env.TMPDIR = unfinished;
  try {
    for (const name of ["chromium.br", "al2023.tar.br", "fonts.tar.br"]) {
      await inflate(join(archives, name));
    }
  } finally {
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  }
  await writeFile(join(unfinished, "fonts.conf"), fontsConf(home));
  // Another process may have been faster; what it unpacked is as good.
  await rename(unfinished, home).catch(() => rm(unfinished, { recursive: true, force: true }));
}

function fontsConf(home: string): string {
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    "<fontconfig>",
    `  <dir>${join(home, "fonts")}</dir>`,
    `  <cachedir>${join(home, "fontconfig-cache")}</cachedir>`,
    "</fontconfig>",
    "",
  ].join("\n");
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
