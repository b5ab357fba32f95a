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

describe("bad input changes nothing", () => {
  const nobody = "00000000-0000-4000-8000-000000000000";
  let before: unknown;
  beforeEach(async () => {
    before = await moneyState(stack);
  });

  const cases: [title: string, args: (job: string) => string[], exitCode: number, says: RegExp][] = [
    ["an unknown job", () => [nobody], 3, /no such job/i],
    ["an unknown user id", () => ["--user", nobody, "--amount", "1"], 3, /no such user/i],
    ["an unknown email", () => ["--user", "nobody@example.com", "--amount", "1"], 3, /no such user/i],
    ["a malformed job id", () => ["not-a-uuid"], 2, /not a job id/],
    ["an empty job id", () => [""], 2, /not a job id/],
    ["a malformed user", () => ["--user", "ada", "--amount", "1"], 2, /id or email/],
    ["an email with a wildcard", () => ["--user", "%@example.com", "--amount", "1"], 3, /no such user/i],
    ["amount 0", (id) => [id, "--amount", "0"], 2, /more than 0/],
    ["a negative amount", (id) => [id, "--amount", "-5"], 2, /more than 0/],
    ["a negative amount with =", (id) => [id, "--amount=-5"], 2, /more than 0/],
    ["a fractional amount", (id) => [id, "--amount", "1.5"], 2, /whole number/],
    ["a huge amount", (id) => [id, "--amount", "99999999999999999999"], 2, /at most 2147483647/],
    ["an amount that is no number", (id) => [id, "--amount", "five"], 2, /must be a number/],
    ["an amount in exponents", (id) => [id, "--amount", "1e3"], 2, /must be a number/],
    ["an empty amount", (id) => [id, "--amount", ""], 2, /must be a number/],
    ["more than is left", (id) => [id, "--amount", "11"], 5, /at most 10 are left/],
    [
      "more than a balance holds",
      () => ["--user", "ada@example.com", "--amount", "2147483647"],
      2,
      /too large/,
    ],
    ["a job and a user", (id) => [id, "--user", "ada@example.com"], 2, /not both/],
    ["neither", () => [], 2, /what to refund/],
    ["a user without an amount", () => ["--user", "ada@example.com"], 2, /needs --amount/],
    ["two jobs", (id) => [id, id], 2, /too many arguments/i],
    ["a malformed reason code", (id) => [id, "--reason-code", "Provider Outage"], 2, /--reason-code/],
    ["a malformed idempotency key", (id) => [id, "--idempotency-key", " x"], 2, /--idempotency-key/],
    ["an unknown option", (id) => [id, "--force"], 2, /unknown option/i],
  ];
  it.each(cases)("%s", async (_, args, exitCode, says) => {
    const words = ["refund", ...args(job), "--reason", "why", "--yes"];
    const text = await vidops(words);
    expect(text.exitCode, text.stderr).toBe(exitCode);
    expect(text.stderr).toMatch(says);
    expect(text.stdout).toBe("");
    const json = await vidops([...words, "--json"]);
    expect(json.exitCode).toBe(exitCode);
    expect(json.json()).toMatchObject({
      ok: false,
      error: { code: expect.any(String), message: expect.any(String), retryable: false },
    });
    expect(await moneyState(stack)).toEqual(before);
  });

  it.each([
    ["no reason", [], /--reason is missing/],
    ["a blank reason", ["--reason", " \t\n"], /blank/],
    ["a reason of 10 kB", ["--reason", "x".repeat(10_240)], /10240 characters/],
  ])("%s", async (_, words, says) => {
    const run = await vidops(["refund", job, ...words, "--yes"]);
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(says) });
    expect(stack.requests).toEqual([]);
  });

  it("an idempotency key of another request", async () => {
    const words = ["--reason", "why", "--idempotency-key", `reused-${job}`, "--yes"];
    await vidops(["refund", job, "--amount", "1", ...words]);
    before = await moneyState(stack);
    expect(await vidops(["refund", job, "--amount", "2", ...words])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("another request"),
    });
    expect(await moneyState(stack)).toEqual(before);
  });

  it.each([
    ["no terminal and no --yes", [], {}],
    ["--json without --yes", ["--json"], {}],
    ["--no-input without --yes", ["--no-input"], {}],
    ["CI without --yes", [], { CI: "true" }],
  ])("%s needs consent: exit 7, nothing sent", async (_, words, env) => {
    const run = await vidops(["refund", job, "--reason", "why", ...words], { env });
    expect(run.exitCode).toBe(7);
    if ((words as string[]).includes("--json")) expect(run.json().error.code).toBe("CLI_CONSENT_NEEDED");
    else expect(run.stderr).toContain("--yes");
    expect(stack.requests).toEqual([]);
  });
});
