import { readFileSync } from "node:fs";
import {
  createTestStack,
  type DevelopmentProvider,
  startDevelopmentProvider,
  type TestStack,
} from "@vidops/local/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Run, runPrinted, temporaryFolder } from "../packages/cli/src/testing/run-vidops.ts";

const workflow = readFileSync(new URL("./nightly-cleanup.yml", import.meta.url), "utf8");
const commands = [...workflow.matchAll(/^ +- run: npx --yes (vidops .+)$/gm)].map(
  ([, command = ""]) => command,
);
const variables = [...workflow.matchAll(/^ +([A-Z_]+): \$\{\{ (?:vars|secrets)\.\1 \}\}$/gm)].map(
  ([, name = ""]) => name,
);

const temporary = temporaryFolder();
let stack: TestStack;
let provider: DevelopmentProvider;
beforeAll(async () => {
  stack = await createTestStack();
  provider = await startDevelopmentProvider();
});
afterAll(async () => {
  temporary[Symbol.dispose]();
  await provider?.close();
  await stack?.[Symbol.asyncDispose]();
});

/** Runs a command as CI does, without a terminal, with the environment that the workflow names. The provider is one of this machine. */
async function inCi(command: string): Promise<Run> {
  const given: Record<string, string> = {
    SUPABASE_URL: stack.url,
    SUPABASE_SECRET_KEY: stack.secretKey,
    FAL_KEY: "development",
  };
  const env = {
    ...{ CI: "true", VIDOPS_DEVELOPMENT_PROVIDER_URL: provider.url },
    ...Object.fromEntries(variables.map((name) => [name, given[name]])),
  };
  return runPrinted(command, { folder: temporary.path, env });
}

it("gives the program what it reads of the environment, and nothing else", () => {
  expect(variables).toEqual(["SUPABASE_URL", "SUPABASE_SECRET_KEY", "FAL_KEY"]);
  expect(commands).toHaveLength(workflow.split("npx").length - 1);
});

it("gives back the credits of a generation that no provider knows of, and cleans up", async () => {
  const { id } = await stack.createUser({ credits: 10 });
  await stack.sql`
    insert into public.models (name, cost_per_generation, provider, provider_model_id) values ('Kite', 4, 'fal', 'fal-ai/kite')`;
  const [job] = await stack.sql`
    select public.start_generation(${id}, (select id from public.models), 'a kite', gen_random_uuid()::text) ->> 'job_id' as id`;
  // The server died after the charge, before it called the provider.
  await stack.sql`update public.video_jobs set created_at = now() - interval '1 hour' where job_id = ${job?.id}`;
  for (const command of commands) {
    const run = await inCi(command);
    expect([run.exitCode, run.json()], run.stderr).toMatchObject([0, { ok: true }]);
  }
  const [after] = await stack.sql`
    select status, credits_refunded, (select credits_remaining from public.users where id = ${id}) as balance
    from public.video_jobs where job_id = ${job?.id}`;
  expect(after).toEqual({ status: "failed", credits_refunded: 4, balance: 10 });
});
