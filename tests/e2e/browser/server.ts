import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Without a package.json beside it, Playwright loads this file as CommonJS.
const PROGRAMS = join(__dirname, "../../../.venv/bin");
const START_MS = 90_000;

/** Who may log in to a server that was started with an account. */
export const ADMIN = { username: "admin", password: "correct horse battery staple" };

/** What a program printed, and how it ended. */
interface Program {
  process: ChildProcess;
  output: () => string;
}

/** Variables of a program's environment. */
type Variables = Record<string, string>;

/**
 * A real server in a process of its own, on a free port, with its data in a new folder that goes
 * with it.
 */
export class Server {
  private programs: Program[] = [];

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly settings: Variables,
  ) {}

  /**
   * Starts a server and waits until it answers; `account` decides whether ADMIN exists, `settings`
   * are variables of the environment, made for the server's address.
   */
  static async start({
    account = true,
    settings = (_url: string): Variables => ({}),
  } = {}): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "homelab-cmd-"));
    const url = `http://127.0.0.1:${await freePort()}`;
    const server = new Server(url, folder, settings(url));
    await server.startProgram();
    if (account) {
      const words = ["user", "create", ADMIN.username, "--admin", "--password-stdin"];
      await server.command(words, `${ADMIN.password}\n`);
    }
    return server;
  }

  /** What the server printed so far, the one-time set-up link included. */
  get output(): string {
    return this.programs.map((program) => program.output()).join("");
  }

  /** Runs `homelab-cmd` beside the server and gives what it printed. */
  async command(words: string[], input = ""): Promise<string> {
    const program = this.spawn("homelab-cmd", words);
    program.process.stdin?.end(input);
    const [code] = await once(program.process, "close");
    if (code !== 0) throw new Error(`homelab-cmd ${words.join(" ")}: ${program.output()}`);
    return program.output().trim();
  }

  /** Adds a host by hand and gives the token of its agent. */
  addHost(serverId: string): Promise<string> {
    return this.command(["agent", "add", serverId]);
  }

  /** Sends one heartbeat in a host's name. */
  heartbeat(token: string, body: object): Promise<Response> {
    return this.send("heartbeat", token, body);
  }

  /** Sends stored heartbeats in a host's name, the oldest first. */
  heartbeats(token: string, heartbeats: object[]): Promise<Response> {
    return this.send("heartbeats", token, { heartbeats });
  }

  private send(path: string, token: string, body: object): Promise<Response> {
    return fetch(`${this.url}/api/v1/agents/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** Starts a real agent that reports this machine every second under the given id. */
  async startAgent(serverId: string): Promise<void> {
    const token = await this.addHost(serverId);
    const flags = [`--server=${this.url}`, `--server-id=${serverId}`, "--interval=1"];
    const spool = `--spool=${join(this.folder, `spool-${serverId}`)}`;
    const variables = { HOMELAB_AGENT_TOKEN: token };
    this.programs.push(this.spawn("homelab-agent", ["run", ...flags, spool], variables));
  }

  /** Ends the agents and the server; the data stays. */
  async halt(): Promise<void> {
    for (const { process } of this.programs.splice(0).reverse()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill("SIGTERM");
      await once(process, "close");
    }
  }

  /** Starts the server anew after `halt()`, on the same port and data. */
  async startProgram(): Promise<void> {
    const { hostname, port } = new URL(this.url);
    const program = this.spawn("homelab-cmd", ["serve", "--host", hostname, "--port", port]);
    this.programs.push(program);
    const deadline = Date.now() + START_MS;
    while (!(await this.isHealthy())) {
      if (program.process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`The server did not start:\n${program.output()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends everything and removes the data. */
  async dispose(): Promise<void> {
    await this.halt();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async isHealthy(): Promise<boolean> {
    return fetch(`${this.url}/api/v1/system/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  private spawn(name: string, words: string[], variables: Variables = {}): Program {
    const child = spawn(join(PROGRAMS, name), words, {
      env: { ...process.env, HOMELAB_CMD_DATA_DIR: this.folder, ...this.settings, ...variables },
    });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
    }
    return { process: child, output: () => printed };
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
