import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { announceStack, runningStacks } from "./state-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vidops-state-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const stack = { url: "http://127.0.0.1:1", port: 1, dbPort: 2, dataDir: "/data", supervisorPid: 3 };

describe("a stack's note", () => {
  it("is found while the process runs, and gone once withdrawn", async () => {
    const withdraw = await announceStack(stack, folder);
    expect(runningStacks(folder)).toMatchObject([{ ...stack, pid: process.pid }]);
    await withdraw();
    expect(runningStacks(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is readable by its owner alone and holds no secrets", async () => {
    await announceStack(stack, folder);
    const path = join(folder, `${process.pid}-1.json`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).not.toMatch(/secret|password|eyJ/);
  });

  it("is removed when its process is gone", () => {
    writeFileSync(
      join(folder, "4194301-1.json"),
      JSON.stringify({ ...stack, pid: 4194301, processStart: "1" }),
    );
    expect(runningStacks(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("is removed when another process has got its number", () => {
    const name = `${process.pid}-1.json`;
    writeFileSync(
      join(folder, name),
      JSON.stringify({ ...stack, pid: process.pid, processStart: "long ago" }),
    );
    expect(runningStacks(folder)).toEqual([]);
  });

  it("that is no JSON is removed", () => {
    writeFileSync(join(folder, "1-1.json"), "{");
    expect(runningStacks(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("in a folder that does not exist is none", () => {
    expect(runningStacks(join(folder, "nowhere"))).toEqual([]);
  });
});
