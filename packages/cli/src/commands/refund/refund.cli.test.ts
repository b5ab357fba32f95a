import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createJob, moneyState } from "../../testing/fixtures.ts";
import { type Run, type RunOptions, runVidops, temporaryFolder } from "../../testing/run-vidops.ts";

const temporary = temporaryFolder();
let stack: TestStack;
let admin: { id: string; email: string; accessToken: string };
let user: { id: string; email: string; accessToken: string };
let job: string;

beforeAll(async () => {
  stack = await createTestStack();
  admin = await stack.createUser({ email: "ops@example.com", isAdmin: true });
  user = await stack.createUser({ email: "ada@example.com", credits: 10_000 });
});
afterAll(async () => {
  temporary[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  job = await createJob(stack, { userId: user.id, cost: 10 });
  stack.requests.length = 0;
  stack.faults.clear();
});

function settings(): Record<string, string | undefined> {
  return { SUPABASE_URL: stack.url, SUPABASE_SECRET_KEY: stack.secretKey, VIDOPS_ADMIN: admin.id };
}

function vidops(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return runVidops(args, { folder: temporary.path, ...options, env: { ...settings(), ...options.env } });
}

async function balance(): Promise<number> {
  const [row] = await stack.sql`select credits_remaining from users where id = ${user.id}`;
  return row?.credits_remaining;
}

function writes(): string[] {
  return stack.requests.filter(({ method }) => method !== "GET" && method !== "HEAD").map(({ path }) => path);
}

describe("a refund", () => {
  it("gives back all that is left of a job with exactly one request, and says the new balance", async () => {
    const before = await balance();
    const run = await vidops([
      "refund",
      job,
      "--reason",
      "video never arrived",
      "--reason-code",
      "outage",
      "--yes",
    ]);
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${before} → ${before + 10}`) });
    expect(run.stderr).toMatch(/^idempotency key [0-9a-f-]{36}\n$/);
    expect(stack.requests.map(({ path }) => path)).toEqual(["/rest/v1/rpc/admin_refund_credits"]);
    expect(await balance()).toBe(before + 10);
    const actions =
      await stack.sql`select admin_user_id, amount, reason, reason_code from admin_actions where target_job_id = ${job}`;
    expect([...actions]).toEqual([
      { admin_user_id: admin.id, amount: 10, reason: "video never arrived", reason_code: "outage" },
    ]);
  });

  it("carries one run_id through output and audit", async () => {
    const { meta, data } = (
      await vidops(["--json", "refund", job, "--amount", "4", "--reason", "partial", "--yes"])
    ).json();
    const [action] =
      await stack.sql`select run_id, idempotency_key from admin_actions where id = ${data.action_id}`;
    expect(action).toEqual({ run_id: meta.run_id, idempotency_key: data.idempotency_key });
    expect(data).toMatchObject({
      amount: 4,
      job_credits_refunded: 4,
      replayed: false,
      dry_run: false,
      email: "ada@example.com",
    });
  });

  it("takes a user by email, with an admin by email, and still writes once", async () => {
    const run = await vidops(
      ["refund", "--user", "ADA@example.com", "--amount", "3", "--reason", "goodwill", "--yes", "--json"],
      {
        env: { VIDOPS_ADMIN: "ops@example.com" },
      },
    );
    expect(run.json().data).toMatchObject({ user_id: user.id, amount: 3, job_id: null });
    expect(writes().filter((path) => !path.endsWith("/find_user"))).toEqual([
      "/rest/v1/rpc/admin_refund_credits",
    ]);
  });

  it("works with a signed-in admin's token, which says itself who acts", async () => {
    const run = await vidops(["refund", job, "--reason", "signed in", "--yes", "--json"], {
      env: {
        SUPABASE_SECRET_KEY: undefined,
        VIDOPS_ADMIN: undefined,
        SUPABASE_PUBLISHABLE_KEY: stack.publishableKey,
        VIDOPS_ACCESS_TOKEN: admin.accessToken,
      },
    });
    expect(run.json().data).toMatchObject({ amount: 10, acting_admin: null });
  });

  it("only looks with --dry-run", async () => {
    const before = await moneyState(stack);
    const run = await vidops(["refund", job, "--reason", "look", "--dry-run", "--json"]);
    expect(run.exitCode).toBe(0);
    expect(run.json().data).toMatchObject({
      dry_run: true,
      amount: 10,
      action_id: null,
      idempotency_key: null,
    });
    expect(await moneyState(stack)).toEqual(before);
  });

  it("answers the same key again without doing it twice", async () => {
    const words = ["refund", job, "--reason", "once", "--idempotency-key", `ticket-${job}`, "--yes"];
    const first = (await vidops([...words, "--json"])).json().data;
    const after = await moneyState(stack);
    const again = await vidops(words);
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("nothing was done twice") });
    expect((await vidops([...words, "--json"])).json().data).toMatchObject({
      replayed: true,
      action_id: first.action_id,
    });
    expect(await moneyState(stack)).toEqual(after);
  });

  it("says what to watch when the job had not ended", async () => {
    const running = await createJob(stack, { userId: user.id, cost: 2, status: "processing" });
    const refused = await vidops(["refund", running, "--reason", "stuck", "--yes"]);
    expect(refused).toMatchObject({ exitCode: 5, stderr: expect.stringContaining("--allow-unfinished") });
    const run = await vidops(["refund", running, "--reason", "stuck", "--allow-unfinished", "--yes"]);
    expect(run).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`vidops credits audit ${user.id}`),
    });
  });
});
