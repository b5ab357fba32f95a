import { readFileSync } from "node:fs";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runPrinted, temporaryFolder } from "../packages/cli/src/testing/run-vidops.ts";

const workflow = readFileSync(new URL("./nightly-cleanup.yml", import.meta.url), "utf8");
const commands = [...workflow.matchAll(/^ +- run: npx --yes (vidops .+)$/gm)].map(
  ([, command = ""]) => command,
);
const variables = [...workflow.matchAll(/^ +([A-Z_]+): \$\{\{ (?:vars|secrets)\.\1 \}\}$/gm)].map(
  ([, name = ""]) => name,
);

const temporary = temporaryFolder();
let stack: TestStack;
beforeAll(async () => {
  stack = await createTestStack({ seed: "demo" });
});
afterAll(async () => {
  temporary[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});

it("gives the program what it reads of the environment, and nothing else", () => {
  expect(variables).toEqual(["SUPABASE_URL", "SUPABASE_SECRET_KEY", "FAL_KEY"]);
  expect(commands).toHaveLength(workflow.split("npx").length - 1);
});

it.each(commands)("runs as CI does, without a terminal: %s", async (command) => {
  const given: Record<string, string> = {
    SUPABASE_URL: stack.url,
    SUPABASE_SECRET_KEY: stack.secretKey,
    FAL_KEY: "key-id:key-secret",
  };
  const env = { CI: "true", ...Object.fromEntries(variables.map((name) => [name, given[name]])) };
  const run = await runPrinted(command, { folder: temporary.path, env });
  expect([run.exitCode, run.json()], run.stderr).toMatchObject([0, { ok: true }]);
});
