/*
 * The supervisor: a small process that owns Postgres, PostgREST and the temporary folders, so that they
 * go when the program that started them goes, even by kill -9. It knows that program is gone when the IPC
 * channel closes. It sits in a session of its own, so Ctrl-C at a terminal reaches the program alone,
 * which then stops things in order.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chownSync, createWriteStream, mkdirSync, rmSync, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { SupervisorEvent, SupervisorRequest } from "./protocol.ts";

interface Running {
  readonly child: ChildProcess;
  readonly request: Extract<SupervisorRequest, { op: "start" }>;
  readonly exited: Promise<void>;
}

const running = new Map<string, Running>();
const folders = new Set<string>();
let closing = false;

function tell(event: SupervisorEvent): void {
  // The parent may be gone between the check and the send; there is nobody left to tell then.
  if (process.connected) process.send?.(event, () => {});
}

function start(request: Running["request"]): void {
  const child = spawn(request.file, [...request.args], {
    cwd: request.cwd,
    env: request.env,
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    ...(request.account ?? {}),
  });
  const log = request.logFile === null ? null : openLog(request.logFile);
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  let ended = false;
  const end = (event: SupervisorEvent): void => {
    if (ended) return;
    ended = true;
    running.delete(request.id);
    log?.end();
    tell(event);
    resolve();
  };
  running.set(request.id, { child, request, exited });
  child.on("error", (error: NodeJS.ErrnoException) => {
    // "error" also comes for a failed kill; only a child without a pid never ran.
    if (child.pid === undefined) {
      end({ event: "failed", id: request.id, message: error.message, code: error.code ?? null });
    }
  });
  child.on("close", (code, signal) => end({ event: "exited", id: request.id, code, signal }));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => {
      log?.write(`${text}\n`);
      tell({ event: "line", id: request.id, text });
    });
  }
  if (child.pid !== undefined) tell({ event: "started", id: request.id, pid: child.pid });
}

function openLog(path: string): WriteStream {
  const log = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk must not take the supervisor down: the processes matter more than their log.
  log.on("error", () => {});
  return log;
}

async function stop({ child, request, exited }: Running): Promise<void> {
  if (request.stopCommand !== null) {
    const [file = "", ...args] = request.stopCommand;
    execFile(file, [...args, String(child.pid)], { env: request.env }, () => {});
    await settledWithin(exited, request.stop[0]?.waitMs ?? 5_000);
  }
  for (const { signal, waitMs } of request.stop) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    child.kill(signal);
    if (await settledWithin(exited, waitMs)) return;
  }
  child.kill("SIGKILL");
  await settledWithin(exited, 2_000);
}

async function settledWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => timer.resolve(false), milliseconds);
  const settled = await Promise.race([promise.then(() => true), timer.promise]);
  clearTimeout(timeout);
  return settled;
}

function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  } catch {
    // What cannot be removed is left to the system's own cleaning of temporary folders.
  }
}

async function closeAll(): Promise<void> {
  if (closing) return;
  closing = true;
  // In the order opposite to their start: PostgREST lets go of its connections before Postgres stops.
  for (const entry of [...running.values()].reverse()) await stop(entry);
  for (const folder of folders) removeFolder(folder);
  process.exit(0);
}

async function answer(request: SupervisorRequest): Promise<void> {
  if (request.op === "start") {
    start(request);
    return;
  }
  if (request.op === "stop") {
    const entry = running.get(request.id);
    if (entry !== undefined) await stop(entry);
    tell({ event: "done", id: request.id });
    return;
  }
  try {
    mkdirSync(request.path, { mode: 0o700 });
    folders.add(request.path);
    if (request.account !== null) chownSync(request.path, request.account.uid, request.account.gid);
    tell({ event: "done", id: request.id });
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    tell({ event: "failed", id: request.id, message, code: code ?? null });
  }
}

process.on("message", (request: SupervisorRequest) => void answer(request));
process.on("disconnect", () => void closeAll());
process.on("SIGTERM", () => void closeAll());
process.on("SIGINT", () => void closeAll());
process.title = "vidops-local-supervisor";
tell({ event: "ready" });
