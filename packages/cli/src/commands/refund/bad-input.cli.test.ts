import { beforeEach, describe, expect, it } from "vitest";
import { moneyState } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";

const money = moneyFixture();
const { vidops } = money;

describe("bad input changes nothing", () => {
  const nobody = "00000000-0000-4000-8000-000000000000";
  let before: unknown;
  beforeEach(async () => {
    before = await moneyState(money.stack);
  });

  const cases: [title: string, args: (job: string) => string[], exitCode: number, says: RegExp][] = [
    ["an unknown job", () => [nobody], 3, /no such job/i],
    ["an unknown user id", () => ["--user", nobody, "--amount", "1"], 3, /no such user/i],
    ["an unknown email", () => ["--user", "nobody@example.com", "--amount", "1"], 3, /no such user/i],
    ["a malformed job id", () => ["not-a-uuid"], 2, /not a job id/],
    ["an empty job id", () => [""], 2, /not a job id/],
    [
      "a part of an email",
      () => ["--user", "ada", "--amount", "1"],
      5,
      /no whole email[\s\S]*ada@example\.com/,
    ],
    ["a part of several emails", () => ["--user", "example.com", "--amount", "1"], 5, /Several users/],
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
    const words = ["refund", ...args(money.job), "--reason", "why", "--yes"];
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
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it.each([
    ["no reason", [], /--reason is missing/],
    ["a blank reason", ["--reason", " \t\n"], /blank/],
    ["a reason of 10 kB", ["--reason", "x".repeat(10_240)], /10240 characters/],
  ])("%s", async (_, words, says) => {
    const run = await vidops(["refund", money.job, ...words, "--yes"]);
    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(says) });
    expect(money.stack.requests).toEqual([]);
  });

  it("an idempotency key of another request", async () => {
    const words = ["--reason", "why", "--idempotency-key", `reused-${money.job}`, "--yes"];
    await vidops(["refund", money.job, "--amount", "1", ...words]);
    before = await moneyState(money.stack);
    expect(await vidops(["refund", money.job, "--amount", "2", ...words])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining("another request"),
    });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it.each([
    ["no terminal and no --yes", [], {}],
    ["--json without --yes", ["--json"], {}],
    ["--no-input without --yes", ["--no-input"], {}],
    ["CI without --yes", [], { CI: "true" }],
  ])("%s needs consent: exit 7, nothing sent", async (_, words, env) => {
    const run = await vidops(["refund", money.job, "--reason", "why", ...words], { env });
    expect(run.exitCode).toBe(7);
    if ((words as string[]).includes("--json")) expect(run.json().error.code).toBe("CLI_CONSENT_NEEDED");
    else expect(run.stderr).toContain("--yes");
    expect(money.stack.requests).toEqual([]);
  });
});
