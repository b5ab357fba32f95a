import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalError, LocalErrorCode } from "../errors/local-error.ts";
import { packageRoot, runsFromSources } from "./package-root.ts";
import type { StopSequence, SupervisorEvent, SupervisorRequest, UnixAccount } from "./protocol.ts";

/** A process to run under the supervisor. */
export interface ProcessPlan {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly account?: UnixAccount | null;
  readonly stop?: StopSequence;
  readonly stopCommand?: readonly string[] | null;
  readonly logFile?: string | null;
  /** Told each line of its output. */
  readonly onLine?: (line: string) => void;
}

/** How a supervised process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Its last lines of output, oldest first. */
  readonly lines: readonly string[];
}

/** A process that runs under the supervisor. */
export interface SupervisedProcess {
  readonly pid: number;
  readonly exited: Promise<ProcessEnd>;
  /** Resolves with the first line that matches and comes after `afterLine` lines; rejects when the process ends. */
  lineMatching(pattern: RegExp, options?: { afterLine?: number }): Promise<string>;
  /** How many lines the process has written so far. */
  lineCount(): number;
  stop(): Promise<void>;
}

interface Entry {
  readonly started: PromiseWithResolvers<number>;
  readonly ended: PromiseWithResolvers<ProcessEnd>;
  readonly lines: string[];
  lineCount: number;
  readonly listeners: Set<(text: string) => void>;
}

const keptLines = 200;
/** Longer than all stop sequences together. */
const longestStopMs = 40_000;

/** The parent's side of the supervisor process (see main.ts). Close it and all it started is gone. */
export class Supervisor {
  readonly #child: ChildProcess;
  readonly #processes = new Map<string, Entry>();
  readonly #requests = new Map<string, PromiseWithResolvers<void>>();
  readonly #closed: Promise<void>;
  readonly #folders = new Set<string>();
  #closing = false;
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "exit").then(() => this.#supervisorIsGone());
    child.on("message", (event: SupervisorEvent) => this.#receive(event));
  }

  /** Starts the supervisor process. */
  static async start(): Promise<Supervisor> {
    const main = runsFromSources() ? "src/supervisor/main.ts" : "dist/supervisor/main.js";
    const child = fork(join(packageRoot(), main), [], {
      detached: true,
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const supervisor = new Supervisor(child);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new LocalError(LocalErrorCode.StartFailed, "the supervisor process ended before it was ready");
      }),
    ]);
    return supervisor;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Makes a folder (mode 0700) that is removed when the supervisor closes. */
  makeFolder(path: string, account: UnixAccount | null): Promise<void> {
    this.#folders.add(path);
    return this.#request((id) => ({ op: "make-folder", id, path, account }));
  }

  /** Runs a process until it ends, and gives its end. */
  async run(plan: ProcessPlan): Promise<ProcessEnd> {
    return (await this.spawn(plan)).exited;
  }

  /** Starts a process; rejects when the file cannot be run at all. */
  async spawn(plan: ProcessPlan): Promise<SupervisedProcess> {
    const id = String(this.#nextId++);
    const entry: Entry = {
      started: Promise.withResolvers(),
      ended: Promise.withResolvers(),
      lines: [],
      lineCount: 0,
      listeners: new Set(plan.onLine === undefined ? [] : [plan.onLine]),
    };
    entry.ended.promise.catch(() => {});
    this.#processes.set(id, entry);
    this.#send({
      op: "start",
      id,
      file: plan.file,
      args: plan.args ?? [],
      env: plan.env ?? {},
      cwd: plan.cwd,
      account: plan.account ?? null,
      stop: plan.stop ?? [{ signal: "SIGTERM", waitMs: 3_000 }],
      stopCommand: plan.stopCommand ?? null,
      logFile: plan.logFile ?? null,
    });
    const pid = await entry.started.promise;
    return {
      pid,
      exited: entry.ended.promise,
      lineMatching: (pattern, options) => lineMatching(entry, pattern, options?.afterLine ?? 0),
      lineCount: () => entry.lineCount,
      stop: async () => {
        if (!this.#processes.has(id)) return;
        await this.#request(() => ({ op: "stop", id }), id);
      },
    };
  }

  /** Lets the program end although the supervisor still runs; it then closes by itself. */
  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  /** Stops every process, removes every folder, ends the supervisor. May be called twice. */
  async close(): Promise<void> {
    this.ref();
    this.#closing = true;
    if (this.#child.connected) this.#child.disconnect();
    // A supervisor that does not end in that time is stuck; what it should have ended is then ended from here.
    const stuck = setTimeout(() => {
      this.#closing = false;
      this.#child.kill("SIGKILL");
    }, longestStopMs);
    await this.#closed;
    clearTimeout(stuck);
  }

  #request(make: (id: string) => SupervisorRequest, key: string = String(this.#nextId++)): Promise<void> {
    const known = this.#requests.get(key);
    if (known !== undefined) return known.promise;
    const pending = Promise.withResolvers<void>();
    this.#requests.set(key, pending);
    this.#send(make(key));
    return pending.promise;
  }

  #send(request: SupervisorRequest): void {
    if (this.#child.connected) this.#child.send(request, () => {});
    else this.#receive({ event: "failed", id: request.id, message: "the supervisor has ended", code: null });
  }

  #receive(event: SupervisorEvent): void {
    if (event.event === "ready") return;
    const entry = this.#processes.get(event.id);
    if (event.event === "done") {
      this.#requests.get(event.id)?.resolve();
      this.#requests.delete(event.id);
    } else if (event.event === "failed") {
      const error = Object.assign(new Error(event.message), { code: event.code });
      entry?.started.reject(error);
      entry?.ended.reject(error);
      this.#processes.delete(event.id);
      this.#requests.get(event.id)?.reject(error);
      this.#requests.delete(event.id);
    } else if (entry === undefined) {
      return;
    } else if (event.event === "started") {
      entry.started.resolve(event.pid);
    } else if (event.event === "line") {
      entry.lineCount += 1;
      entry.lines.push(event.text);
      if (entry.lines.length > keptLines) entry.lines.shift();
      for (const listener of entry.listeners) listener(event.text);
    } else {
      this.#processes.delete(event.id);
      entry.ended.resolve({ code: event.code, signal: event.signal, lines: entry.lines });
    }
  }

  async #supervisorIsGone(): Promise<void> {
    const error = new Error("the supervisor has ended");
    const left = [...this.#processes.values()];
    this.#processes.clear();
    const pids = left.map((entry) => entry.started.promise.catch(() => null));
    for (const entry of left) {
      entry.started.reject(error);
      entry.ended.resolve({ code: null, signal: null, lines: entry.lines });
    }
    for (const request of this.#requests.values()) request.resolve();
    this.#requests.clear();
    // Killed from outside, it could not stop what it had started: that falls to this process.
    if (!this.#closing) await endOrphans(await Promise.all(pids), this.#folders);
  }
}

async function endOrphans(pids: readonly (number | null)[], folders: ReadonlySet<string>): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const alive = pids.filter((pid) => pid !== null && signal(pid, attempt === 40 ? "SIGKILL" : "SIGINT"));
    if (alive.length === 0) break;
    await sleep(100);
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function lineMatching(entry: Entry, pattern: RegExp, afterLine: number): Promise<string> {
  const dropped = entry.lineCount - entry.lines.length;
  const known = entry.lines.slice(Math.max(0, afterLine - dropped)).find((line) => pattern.test(line));
  if (known !== undefined) return Promise.resolve(known);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const listener = (text: string): void => {
    if (!pattern.test(text)) return;
    entry.listeners.delete(listener);
    resolve(text);
  };
  entry.listeners.add(listener);
  entry.ended.promise.then((end) => {
    reject(new Error(end.lines.slice(-5).join("\n") || `the process ended with code ${end.code}`));
  }, reject);
  return promise;
}
