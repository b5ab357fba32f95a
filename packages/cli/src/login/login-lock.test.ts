import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLock } from "./login-lock.ts";

const full = vi.hoisted(() => ({ disk: false }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (...args: Parameters<typeof fs.writeSync>): number => {
    if (full.disk)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return fs.writeSync(...args);
  };
  return { ...fs, writeSync };
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidops-lock-"));
  path = join(folder, "deep", "login.lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const module = new URL("./login-lock.ts", import.meta.url).href;

/** Writes begin and end to a log while it holds the lock, in a process of its own. */
function holder(log: string): Promise<void> {
  const code = `
    const { appendFileSync } = await import("node:fs");
    const { withLock } = await import(${JSON.stringify(module)});
    const held = await withLock(${JSON.stringify(path)}, async () => {
      appendFileSync(${JSON.stringify(log)}, "begin\\n");
      await new Promise((resolve) => setTimeout(resolve, 20));
      appendFileSync(${JSON.stringify(log)}, "end\\n");
      return true;
    });
    if (held === null) process.exitCode = 1;`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve, reject) =>
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`)))),
  );
}

function expectTurns(log: string, count: number): void {
  expect(readFileSync(log, "utf8").trim().split("\n")).toEqual(
    Array.from({ length: count }, () => ["begin", "end"]).flat(),
  );
}

function leaveBehind(content: object | string, ageSeconds = 0): void {
  execFileSync("mkdir", ["-p", join(folder, "deep")]);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(path, at, at);
}

/** The id of a process that has ended. */
function endedProcess(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

describe("withLock", () => {
  it("lets processes in one after the other, and leaves nothing", async () => {
    const log = join(folder, "log");
    await Promise.all(Array.from({ length: 8 }, () => holder(log)));
    expectTurns(log, 8);
    expect(existsSync(path)).toBe(false);
  });

  it("is free again when the work throws", async () => {
    await expect(withLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(path, async () => "in")).toBe("in");
  });

  it("breaks what a process that is gone has left, for one of many at a time", async () => {
    leaveBehind({ id: "gone", pid: endedProcess(), host: hostname() });
    const log = join(folder, "log");
    await Promise.all(Array.from({ length: 8 }, () => holder(log)));
    expectTurns(log, 8);
  });

  it("breaks what is older than it may be: of another machine, or never written to its end", async () => {
    for (const content of [{ id: "far", pid: process.pid, host: "another-machine" }, "", '{"id":']) {
      leaveBehind(content, 120);
      expect(await withLock(path, async () => "in")).toBe("in");
    }
  });

  it("waits for a process that runs, and gives up in time", async () => {
    leaveBehind({ id: "busy", pid: process.pid, host: hostname() });
    expect(await withLock(path, async () => "in", { waitMs: 100, staleMs: 60_000 })).toBeNull();
    expect(existsSync(path)).toBe(true);
  });

  it("does not remove the lock of who broke it when the work took too long", async () => {
    const times = { waitMs: 2000, staleMs: 50 };
    const log: string[] = [];
    const slow = withLock(path, () => pause(300).then(() => log.push("slow")), times);
    await pause(100);
    const next = withLock(path, () => pause(400).then(() => log.push("next")), { waitMs: 2000, staleMs: 50 });
    await slow;
    expect(existsSync(path)).toBe(true);
    await next;
    expect(log).toEqual(["slow", "next"]);
  });

  it("says which folder cannot be written, and does not begin", async () => {
    writeFileSync(join(folder, "deep"), "a file where the folder should be");
    const work = vi.fn();
    await expect(withLock(path, work)).rejects.toMatchObject({
      code: "CLI_CONFIG",
      reason: "login_not_written",
      hint: expect.stringContaining(join(folder, "deep")),
    });
    expect(work).not.toHaveBeenCalled();
  });

  it("leaves no lock behind when the disk is full", async () => {
    full.disk = true;
    await expect(withLock(path, async () => "in")).rejects.toMatchObject({ reason: "login_not_written" });
    full.disk = false;
    expect(existsSync(path)).toBe(false);
    expect(await withLock(path, async () => "in", { waitMs: 100, staleMs: 60_000 })).toBe("in");
  });
});
