import { beforeAll, describe, expect, it } from "vitest";
import { createJob } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const hostile = "\u001b]0;owned\u0007\u001b[2J\u202eevil@example.com";
const money = moneyFixture({ credits: 100, jobs: false });

beforeAll(async () => {
  for (let cost = 1; cost <= 5; cost += 1)
    await createJob(money.stack, { userId: money.user.id, cost, prompt: "=cmd|'/c calc'!A1" });
});

/** Without an acting admin: reading needs none. */
function vidops(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return money.vidops(args, { ...options, env: { VIDOPS_ADMIN: undefined, ...options.env } });
}

describe("credits show", () => {
  it("shows balance, totals and proof, by email in any case", async () => {
    const run = await vidops(["credits", "show", "Ada@Example.com", "--json"]);
    expect(run.json().data).toMatchObject({
      user_id: money.user.id,
      credits_remaining: 85,
      credits_total: 100,
      proof: { ok: true, ledger_sum: 85, last_balance_after: 85, entries: 6 },
    });
    expect((await vidops(["credits", "show", money.user.id])).stdout).toContain(
      "The ledger proves the balance.",
    );
  });

  it("shows an email that holds escape codes without them, and as it is in JSON", async () => {
    const guest = await money.stack.createUser({ credits: 1 });
    await money.stack.sql`update users set email = ${hostile} where id = ${guest.id}`;
    const run = await vidops(["credits", "show", guest.id]);
    expect(run.stdout.split("\n")[0]).toBe("evil@example.com");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(run.stdout + run.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const json = await vidops(["credits", "show", guest.id, "--json"]);
    expect(json.json().data.email).toBe(hostile);
    expect(json.stdout).not.toContain("\u202e");
  });
});

describe("credits history", () => {
  it("pages through the ledger with the cursor, newest first, each entry once", async () => {
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const run: Run = await vidops([
        "credits",
        "history",
        money.user.id,
        "--limit",
        "4",
        "--since",
        "1h",
        ...(cursor ? ["--cursor", cursor] : []),
        "--json",
      ]);
      const { data } = run.json();
      seen.push(...data.entries.map((entry: { change: number }) => entry.change));
      cursor = data.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual([-5, -4, -3, -2, -1, 100]);
  });

  it("prints rows as CSV and as NDJSON", async () => {
    const csv = (
      await vidops(["credits", "history", "ada@example.com", "--limit", "2", "--output", "csv"])
    ).stdout.split("\n");
    expect(csv).toHaveLength(4);
    expect(csv[0]).toBe("id,created_at,change,balance_after,reason,job_id,transaction_id,user_id");
    expect(csv[1]).toMatch(/^\d+,\d{4}-\d\d-\d\dT[\d:.]+Z,-5,85,video_generation,[0-9a-f-]{36},,/);
    const rows = (await vidops(["credits", "history", money.user.id, "--output", "ndjson"])).stdout
      .trim()
      .split("\n");
    expect(rows.map((row) => JSON.parse(row).change)).toEqual([-5, -4, -3, -2, -1, 100]);
  });

  it.each([
    [["--limit", "0"], /--limit/],
    [["--limit", "1001"], /--limit/],
    [["--limit", "ten"], /--limit/],
    [["--cursor", "nonsense"], /cursor/],
    [["--since", "yesterday"], /--since/],
    [["--since", "1h", "--until", "2h"], /before/],
    [["--until", "0d"], /--until/],
  ])("refuses %j", async (words, says) => {
    expect(await vidops(["credits", "history", money.user.id, ...words])).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringMatching(says),
    });
  });

  it("says that a user does not exist instead of listing nothing", async () => {
    const run = await vidops(["credits", "history", "00000000-0000-4000-8000-000000000000"]);
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
  });

  it("survives a reader that leaves", async () => {
    expect(await vidops(["credits", "history", money.user.id], { closeStdout: true })).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });
});

describe("credits audit", () => {
  it("proves all ledgers, and one", async () => {
    expect(await vidops(["credits", "audit"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("every ledger proves its balance"),
    });
    expect((await vidops(["credits", "audit", "ada@example.com", "--json"])).json().data).toMatchObject({
      users_checked: 1,
      users_drifted: 0,
      user: { ok: true },
    });
  });

  it("exits 6 and names who drifts, and lists free videos", async () => {
    const drifting = await money.stack.createUser({ email: "drift@example.com", credits: 10 });
    await money.stack.sql`update users set credits_remaining = 11 where id = ${drifting.id}`;
    const job = await createJob(money.stack, { userId: money.user.id, cost: 2, status: "processing" });
    await money.stack
      .sql`update video_jobs set credits_refunded = 2, refunded_unfinished_at = now(), status = 'completed', completed_at = now() where job_id = ${job}`;
    const run = await vidops(["credits", "audit", "--json"]);
    expect(run.exitCode).toBe(6);
    expect(run.json().data).toMatchObject({
      users_drifted: 1,
      drift: [{ user_id: drifting.id, ledger_sum: 10, credits_remaining: 11 }],
      free_videos: [{ job_id: job, credits_refunded: 2 }],
    });
    const text = await vidops(["credits", "audit"]);
    expect(text.stdout).toContain("drift@example.com");
    expect(text.stdout).toContain(job);
  });
});
