import { beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const hostile = "\u001b[31mred\u202e \u001b]0;owned\u0007";
const money = moneyFixture({ credits: 100, jobs: false });
let job: string;

beforeAll(async () => {
  job = await createJob(money.stack, { userId: money.user.id, cost: 5, prompt: hostile });
  await money.stack.sql`
    insert into error_log (user_id, error_code, endpoint, error_details)
    values (${money.user.id}, 'ERR_5001', '/generate', ${money.stack.sql.json({ message: hostile + "x".repeat(10_240) })})`;
  await money.stack.createUser({ email: "ada.two@example.com" });
});

function show(...args: string[]): Promise<Run> {
  return money.vidops(["users", "show", ...args]);
}

describe("users show", () => {
  it("shows balance, proof, ledger, jobs, refunds, errors and acts on one screen", async () => {
    await money.vidops(["refund", job, "--amount", "2", "--reason", "half a video", "--yes"]);
    const { stdout, exitCode } = await show("ada@example.com");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ada@example\.com\n/);
    for (const shown of [
      /balance +97 credits, 100 were ever granted or bought/,
      /proof +all 3 ledger entries add up to it/,
      /jobs +0 completed, 1 failed/,
      /refunds +1 by admins, 2 credits/,
      /\+2 +97 +admin_refund/,
      new RegExp(`failed +5 +2 +${job}`),
      /ERR_5001 +\/generate +red/,
      /credit refund +2 +half a video +ops@example\.com/,
    ])
      expect(stdout).toMatch(shown);
    expect(stdout.split("\n").length).toBeLessThan(41);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it("needs one request for an id, two for an email and three for a part", async () => {
    for (const [text, requests] of [
      [money.user.id, 1],
      ["ada@example.com", 2],
      ["a.two@example.com", 3],
      ["ada.two", 2],
    ] as const) {
      money.stack.requests.length = 0;
      expect((await show(text)).exitCode).toBe(0);
      expect(money.stack.requests).toHaveLength(requests);
    }
  });

  it("is one JSON document with lists of as many rows as asked for", async () => {
    const { data } = (await show(money.user.id, "--rows", "1", "--json")).json();
    expect(data).toMatchObject({
      user: { id: money.user.id, email: "ada@example.com", credits_remaining: 97, banned_at: null },
      proof: { ok: true, whole: true },
      jobs: { counted: 1, by_status: { failed: 1 }, latest: [{ job_id: job, prompt: hostile }] },
      refunds: { count: 1, credits: 2 },
      errors: [{ error_code: "ERR_5001" }],
    });
    expect(data.ledger).toHaveLength(1);
  });

  it("shows a ban with who made it and why, what the user is told, and a ledger that does not add up", async () => {
    const bad = await money.stack.createUser({ email: "bad@example.com" });
    const told = ["--public-reason", "Write to us\u001b[2J"];
    await money.vidops(["users", "ban", bad.id, "--reason", "fraud", "--ticket", "SUP-1", ...told, "--yes"]);
    await money.stack.sql`update users set credits_remaining = 7 where id = ${bad.id}`;
    const { stdout } = await show("bad@example.com");
    expect(stdout).toMatch(/banned +since .*Z by ops@example\.com: fraud \(SUP-1\)\n/);
    expect(stdout).toMatch(/is told +Write to us\n/);
    expect(stdout).toMatch(/proof +the ledger does not add up to it: vidops credits audit bad@example\.com/);
  });

  it("takes a part that only one user has, and lists the candidates of any other", async () => {
    expect((await show("ada.t")).stdout).toMatch(/^ada\.two@example\.com\n/);
    const run = await show("ada", "--json");
    expect(run.exitCode).toBe(5);
    expect(run.json().error).toMatchObject({ code: "ERR_4009", reason: "ambiguous_user" });
    expect(
      run
        .json()
        .error.details.candidates.map((one: { email: string }) => one.email)
        .sort(),
    ).toEqual(["ada.two@example.com", "ada@example.com"]);
    expect((await show("ada")).stderr).toContain(`ada@example.com (${money.user.id})`);
  });

  it("says that there is no such user", async () => {
    for (const text of ["nobody", "nobody@example.com", "00000000-0000-4000-8000-000000000000", "%"])
      expect(await show(text)).toMatchObject({
        exitCode: 3,
        stdout: "",
        stderr: expect.stringMatching(/no such user/i),
      });
  });

  it.each<[title: string, args: string[], says: RegExp]>([
    ["nobody, without a terminal", [], /Say which user/],
    ["a blank user", [" "], /blank/],
    ["a user of 10 kB", ["x".repeat(10_240)], /longer than any email/],
    ["--rows 0", ["ada", "--rows", "0"], /--rows/],
    ["negative --rows", ["ada", "--rows", "-1"], /--rows/],
    ["huge --rows", ["ada", "--rows", "51"], /--rows/],
    ["csv of what is no list", ["ada", "--output", "csv"], /csv/],
  ])("refuses %s", async (_, args, says) => {
    expect(await show(...args)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });
});
