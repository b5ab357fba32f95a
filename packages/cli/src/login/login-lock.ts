import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { notWritten } from "./login-file.ts";

/** How long one waits and how long one may hold, in milliseconds. */
export interface LockTimes {
  readonly waitMs: number;
  /** A lock older than this was left behind. */
  readonly staleMs: number;
}

const defaultTimes: LockTimes = { waitMs: 20_000, staleMs: 60_000 };
const pauseMs = 40;

/**
 * Holds a lock between processes while `work` runs: a file that only one can make. One left behind, by a process that is gone
 * or that holds it for longer than it may, is broken by exactly one of those who wait.
 *
 * @param path of the lock's file; its folder is made (0700).
 * @returns what `work` returns, or null when the lock was not to be had in time.
 * @throws CommandError CLI_CONFIG when the folder cannot be written; then `work` was not begun.
 * @example const tokens = await withLock(`${loginPath(context, url)}.lock`, () => refresh());
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  times: LockTimes = defaultTimes,
): Promise<T | null> {
  const id = randomUUID();
  if (!(await acquire(path, id, times))) return null;
  try {
    return await work();
  } finally {
    if (read(path)?.id === id) rmSync(path, { force: true });
  }
}

async function acquire(path: string, id: string, { waitMs, staleMs }: LockTimes): Promise<boolean> {
  const until = Date.now() + waitMs;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    while (!take(path, id)) {
      breakStale(path, staleMs);
      if (Date.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return true;
  } catch (error) {
    throw notWritten(path, error);
  }
}

function take(path: string, id: string): boolean {
  const file = make(path);
  if (file === null) return false;
  try {
    writeSync(file, JSON.stringify({ id, pid: process.pid, host: hostname() }));
    return true;
  } catch (error) {
    // On a full disk: an empty lock would be waited for, although nobody holds it.
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function make(path: string): number | null {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw error;
  }
}

/**
 * Two may find the same lock stale, and the later one must not break the lock that the earlier one has taken since: hence a
 * second lock for the breaking, under which one looks again.
 */
function breakStale(path: string, staleMs: number): void {
  if (!isStale(path, staleMs)) return;
  const breaking = `${path}.breaking`;
  if (take(breaking, "")) {
    if (isStale(path, staleMs)) rmSync(path, { force: true });
    rmSync(breaking, { force: true });
  } else if (isStale(breaking, staleMs)) rmSync(breaking, { force: true });
}

function isStale(path: string, staleMs: number): boolean {
  const holder = read(path);
  if (holder === null) return false;
  // A negative age is a clock that was set back.
  if (Math.abs(Date.now() - holder.since) > staleMs) return true;
  return holder.host === hostname() && holder.pid !== undefined && !isRunning(holder.pid);
}

/** Who holds a lock; no more than its age as long as the file is not written to its end. Null when there is none. */
function read(path: string): { since: number; id?: string; pid?: number; host?: string } | null {
  try {
    const since = statSync(path).mtimeMs;
    const text = readFileSync(path, "utf8");
    return { since, ...(text.endsWith("}") ? JSON.parse(text) : {}) };
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
