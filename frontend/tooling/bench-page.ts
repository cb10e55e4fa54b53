/**
 * What drawing costs the browser, of a server that is already there and full: `./dev bench page`
 * starts one and runs this. Settings come by the environment, see `settings` below.
 *
 * Processor time is that of the page's main thread, as Chromium counts it: other work on the
 * machine does not change it much. Times on the clock are only worth something on a quiet machine.
 */
import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
} from "@playwright/test";
import { findBrowser } from "./browser.ts";

const settings = {
  url: needed("BENCH_URL"),
  username: needed("BENCH_USERNAME"),
  password: needed("BENCH_PASSWORD"),
  /** A host whose heartbeats make the ticks, and its agent's token. */
  serverId: needed("BENCH_SERVER_ID"),
  agentToken: needed("BENCH_AGENT_TOKEN"),
  rounds: Number(process.env.BENCH_ROUNDS ?? 5),
};
const HOSTS = 100;
const CHARTS = 10;
const POINTS = 1500;
/** The list is read anew at most every four seconds. */
const TICK_MS = 4_500;
/** No task of the page for so long: it has drawn what it had to draw. */
const QUIET_MS = 400;

interface Result {
  what: string;
  limit: number;
  unit: "ms" | "kB";
  values: number[];
}

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run ./dev bench page`);
  return value;
}

async function main(): Promise<void> {
  const program = await findBrowser();
  const browser = await chromium.launch({
    executablePath: program.executablePath,
    env: { ...(process.env as Record<string, string>), ...program.env },
    args: ["--disable-background-networking", "--no-first-run"],
  });
  try {
    const results = [
      await firstLoad(browser),
      ...(await hostList(browser)),
      await liveTick(browser),
      ...(await tenCharts(browser)),
    ];
    for (const result of results) print(result);
  } finally {
    await browser.close();
  }
}

function print({ what, limit, unit, values }: Result): void {
  const ordered = [...values].sort((one, other) => one - other);
  const median = ordered[ordered.length >> 1] ?? Number.NaN;
  const spread = `${ordered[0]?.toFixed(0)}–${ordered.at(-1)?.toFixed(0)}`;
  const figures = `${median.toFixed(1).padStart(8)} ${unit}  limit ${limit}`.padEnd(28);
  process.stdout.write(`${figures} ${what}${ordered.length > 1 ? ` (${spread})` : ""}\n`);
}

async function signedIn(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: settings.url,
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    reducedMotion: "reduce",
  });
  const { username, password } = settings;
  const answer = await context.request.post("/api/v1/auth/login", { form: { username, password } });
  if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`);
  return context;
}

/** Script and style of a first visit, as they came over the wire. */
async function firstLoad(browser: Browser): Promise<Result> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.goto("/");
  await hostRows(page);
  const bytes = await page.evaluate(() =>
    (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter(({ name }) => /\.(js|css)(\?|$)/.test(name))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  );
  await context.close();
  return { what: "first load, script and style", limit: 200, unit: "kB", values: [bytes / 1000] };
}

const hostRows = (page: Page) =>
  page.waitForFunction(
    (count) => document.querySelectorAll("[data-host-link]").length >= count,
    HOSTS,
  );

/** The list of a hundred hosts: by the clock from its data to its picture, and what it costs. */
async function hostList(browser: Browser): Promise<Result[]> {
  const context = await signedIn(browser);
  await context.addInitScript(watchForHosts, HOSTS);
  const page = await context.newPage();
  const work = await MainThread.of(page);
  const clock: number[] = [];
  const cost: number[] = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    await page.goto("/");
    await hostRows(page);
    clock.push(await page.evaluate(() => (globalThis as unknown as Painted).painted));
    await page.goto("/add");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await work.quiet();
    // By its place: to look for a link by its name would be work of the main thread too.
    const toHosts = page.locator("nav a").first();
    cost.push(
      await work.of(async () => {
        await toHosts.click();
        await hostRows(page);
      }),
    );
  }
  await context.close();
  return [
    {
      what: `${HOSTS} hosts painted after their data, by the clock`,
      limit: 500,
      unit: "ms",
      values: clock,
    },
    { what: `${HOSTS} hosts drawn, main thread`, limit: 500, unit: "ms", values: cost },
  ];
}

interface Painted {
  /** From the end of the list's answer to the frame that shows all of it, in milliseconds. */
  painted: Promise<number>;
}

/** Runs in the page before all else. */
function watchForHosts(count: number): void {
  (globalThis as unknown as Painted).painted = new Promise((resolve) => {
    const look = () => {
      if (document.querySelectorAll("[data-host-link]").length < count) return;
      observer.disconnect();
      requestAnimationFrame(() =>
        setTimeout(() => {
          const answers = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
          const list = answers.find(({ name }) => name.includes("/api/v1/servers?"));
          resolve(performance.now() - (list?.responseEnd ?? 0));
        }),
      );
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true });
  });
}

/** A sample of a host, after which the list is read again with every host changed. */
async function liveTick(browser: Browser): Promise<Result> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.route("**/api/v1/servers?*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: changed(await answer.json()) });
  });
  const work = await MainThread.of(page);
  await page.goto("/");
  await hostRows(page);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.waitForTimeout(TICK_MS);
  const values: number[] = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    const reread = page.waitForResponse(/\/api\/v1\/servers\?/);
    values.push(
      await work.of(async () => {
        await sendHeartbeat();
        await reread;
      }),
    );
    await page.waitForTimeout(TICK_MS);
  }
  await context.close();
  return { what: `a live tick with ${HOSTS} hosts, main thread`, limit: 50, unit: "ms", values };
}

interface HostList {
  servers: {
    last_seen: string;
    rx_rate: number | null;
    latest_metrics: { cpu_percent: number; memory_percent: number } | null;
    cpu_sparkline: (number | null)[];
  }[];
}

/** The list with new values of every host: the most that a tick can change. */
function changed(list: HostList): HostList {
  for (const server of list.servers) {
    server.last_seen = new Date().toISOString();
    server.rx_rate = Math.random() * 1e8;
    server.cpu_sparkline = [...server.cpu_sparkline.slice(1), Math.random() * 100];
    if (!server.latest_metrics) continue;
    server.latest_metrics.cpu_percent = Math.random() * 100;
    server.latest_metrics.memory_percent = Math.random() * 100;
  }
  return list;
}

async function sendHeartbeat(): Promise<void> {
  const answer = await fetch(`${settings.url}/api/v1/agents/heartbeat`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${settings.agentToken}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      server_id: settings.serverId,
      hostname: settings.serverId,
      timestamp: new Date().toISOString(),
      interval_seconds: 30,
      metrics: { cpu_percent: Math.random() * 100 },
    }),
  });
  if (!answer.ok) throw new Error(`heartbeat: ${answer.status} ${await answer.text()}`);
}

/** A host with ten charts of 1,500 points: made from nothing, and given another window. */
async function tenCharts(browser: Browser): Promise<Result[]> {
  const context = await signedIn(browser);
  const page = await context.newPage();
  await page.route("**/api/v1/series?*", (route) =>
    route.continue({ url: route.request().url().replace("points=600", `points=${POINTS}`) }),
  );
  const work = await MainThread.of(page);
  await page.goto(`/hosts/${settings.serverId}?range=24h`);
  const charts = page.locator("[role=img][aria-label*=', chart']");
  await charts.first().waitFor();
  await openRows(page, charts);
  await work.quiet();
  const made: number[] = [];
  const moved: number[] = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    await page.keyboard.press("t");
    await work.quiet();
    made.push(await work.of(() => page.keyboard.press("t")));
    moved.push(await work.of(() => page.keyboard.press("ArrowLeft")));
  }
  await context.close();
  const size = `${CHARTS} charts of ${POINTS.toLocaleString("en")} points`;
  return [
    { what: `${size} made anew, main thread`, limit: 300, unit: "ms", values: made },
    { what: `${size} given another window, main thread`, limit: 300, unit: "ms", values: moved },
  ];
}

/** Opens filesystems until as many charts are on show as are to be measured. */
async function openRows(page: Page, charts: ReturnType<Page["locator"]>): Promise<void> {
  const closed = page
    .getByRole("region", { name: "Filesystems" })
    .locator("button[aria-expanded=false]");
  while ((await charts.count()) < CHARTS) {
    const before = await charts.count();
    await closed.first().click();
    await charts.nth(before).waitFor();
  }
}

/** The work of a page's main thread, in processor time. */
class MainThread {
  readonly #page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.#page = page;
    this.#session = session;
  }

  static async of(page: Page): Promise<MainThread> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    return new MainThread(page, session);
  }

  /** What it did for `action` and until it was quiet again, in milliseconds. */
  async of(action: () => Promise<unknown>): Promise<number> {
    const before = await this.#spentMs();
    await action();
    return (await this.quiet()) - before;
  }

  /** Waits until it rests; gives all that it has done so far. */
  async quiet(): Promise<number> {
    let before = await this.#spentMs();
    for (;;) {
      await this.#page.waitForTimeout(QUIET_MS);
      const now = await this.#spentMs();
      // A clock and a cursor that blinks cost next to nothing.
      if (now - before < 2) return now;
      before = now;
    }
  }

  async #spentMs(): Promise<number> {
    const { metrics } = await this.#session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
  }
}

await main();
