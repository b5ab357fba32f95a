import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { useApp } from "./use-app.ts";

const app = useApp();
const root = join(import.meta.dirname, "../..");

/** Runs the part of a README that imports the client, against the functions in Deno. */
async function runSnippet(file: string, before = ""): Promise<{ stdout: string; stderr: string }> {
  const blocks = readFileSync(join(root, file), "utf8").matchAll(/```ts\n(.+?)```/gs);
  const snippet = blocks.map(([, code = ""]) => code).find((code) => code.includes('@vidops/sdk"'));
  // Within the checkout, where the packages are found.
  const folder = mkdtempSync(join(root, ".vidops/readme-"));
  try {
    writeFileSync(join(folder, "snippet.mts"), `${before}${snippet}`);
    return await promisify(execFile)(process.execPath, [join(folder, "snippet.mts")], {
      env: {
        ...process.env,
        SUPABASE_URL: app.stack.url,
        SUPABASE_PUBLISHABLE_KEY: app.stack.publishableKey,
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("the README of @vidops/sdk begins with a program that makes a video", async () => {
  const { stdout, stderr } = await runSnippet("packages/sdk/README.md");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^processing\n/);
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^http\S+\.mp4\?token=\S+, 6 credits left$/);
});

it("what the README of the repository says of an app does what it says", async () => {
  const before = `
    const { SUPABASE_URL: url, SUPABASE_PUBLISHABLE_KEY: publishableKey } = process.env;
    const deviceId = "readme-device";
    const player = { set src(at) { console.log("watching", at); } };
    const show = (status) => console.log(status);
  `;
  const { stdout, stderr } = await runSnippet("README.md", before);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^watching http\S+\.mp4\?token=\S+$/m);
  expect(stdout.trim().split("\n").at(-1)).toBe("A red kite completed");
});
