import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { useApp } from "./use-app.ts";

const app = useApp();
const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "packages/sdk/README.md"), "utf8");

it("the README of @vidops/sdk begins with a program that makes a video", async () => {
  const [, snippet = ""] = /```ts\n(.+?)```/s.exec(readme) ?? [];
  // Within the checkout, where the packages are found.
  const folder = mkdtempSync(join(root, ".vidops/readme-"));
  try {
    writeFileSync(join(folder, "snippet.mts"), snippet);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(folder, "snippet.mts")], {
      env: {
        ...process.env,
        SUPABASE_URL: app.stack.url,
        SUPABASE_PUBLISHABLE_KEY: app.stack.publishableKey,
      },
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^processing\n/);
    expect(stdout.trim().split("\n").at(-1)).toMatch(/^http\S+\.mp4\?token=\S+, 6 credits left$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
