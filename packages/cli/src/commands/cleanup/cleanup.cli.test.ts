import { beforeEach, describe, expect, it } from "vitest";
import { moneyState } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const money = moneyFixture({ jobs: false });

beforeEach(async () => {
  await money.stack.sql`truncate rate_limit_log, idempotency_log, error_log`;
  await money.stack.sql`
    insert into rate_limit_log (ip_address, action, created_at)
    select '192.0.2.1', 'generate', now() - make_interval(hours => hours) from generate_series(1, 400) as hours`;
});

/** Without an acting admin: cleaning needs none. */
function vidops(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return money.vidops(["cleanup", ...args], { ...options, env: { VIDOPS_ADMIN: undefined, ...options.env } });
}

async function rowsLeft(): Promise<number> {
  const [row] = await money.stack.sql`select count(*)::int as rows from rate_limit_log`;
  return row?.rows;
}

describe("cleanup", () => {
  it("counts with --dry-run and deletes nothing", async () => {
    const before = await moneyState(money.stack);
    const run = await vidops(["--dry-run", "--json"]);
    expect(run.json().data).toMatchObject({
      dry_run: true,
      deleted: 0,
      targets: [{ target: "rate-limits", would_delete: 233 }, {}, {}, {}, {}, {}],
    });
    expect(await moneyState(money.stack)).toEqual(before);
  });

  it("cleans all targets when none is named, in batches, keeping what is young", async () => {
    const run = await vidops(["--batch-size", "100", "--yes", "--json"]);
    const { data } = run.json();
    expect(data.targets.map(({ target }: { target: string }) => target)).toEqual([
      "rate-limits",
      "rate-limit-state",
      "rate-limit-reservations",
      "idempotency",
      "errors",
      "deleted-jobs",
    ]);
    expect(data).toMatchObject({
      deleted: 233,
      interrupted: false,
      targets: [{ deleted: 233, more: false }, ...Array(5).fill({ deleted: 0 })],
    });
    expect(data.targets[0].batches).toBeGreaterThanOrEqual(3);
    expect(await rowsLeft()).toBe(167);
    expect((await vidops(["--yes"])).stdout).toContain("Nothing to clean.");
  });

  it("takes another age, for one target", async () => {
    const run = await vidops(["rate-limits", "--older-than", "24h", "--yes", "--json"]);
    expect(run.json().data).toMatchObject({ deleted: 377, targets: [{ target: "rate-limits" }] });
    expect(await rowsLeft()).toBe(23);
  });

  it("says before that it cannot be undone, and after which acts it is, with reason, ticket and who acts", async () => {
    const why = ["rate-limits", "--reason", "disk is full", "--ticket", "SUP-1"];
    const plan = await vidops([...why, "--dry-run"]);
    expect(plan.stdout).toContain("This cannot be undone: deleted rows are gone.");
    const run = await vidops([...why, "--yes"], { env: { VIDOPS_ADMIN: money.admin.email } });
    expect(run.exitCode, run.stderr).toBe(0);
    const [row] = await money.stack.sql`select * from admin_actions order by id desc limit 1`;
    expect(run.stdout).toContain(`Recorded as admin action ${row?.id}.`);
    expect(row).toMatchObject({
      ...{ action_type: "cleanup", reason: "disk is full", ticket: "SUP-1", admin_user_id: money.admin.id },
      details: { target: "rate_limit_log", deleted: 233 },
    });
  });

  it("run by a schedule's key alone is recorded as nobody's, batch by batch", async () => {
    const { data } = (await vidops(["rate-limits", "--batch-size", "100", "--yes", "--json"])).json();
    const ids = data.targets[0].action_ids;
    expect(ids).toHaveLength(3);
    expect(data).toMatchObject({ reason: "retention", ticket: null });
    const rows = await money.stack
      .sql`select admin_user_id, run_id from admin_actions where id = any (${ids})`;
    expect(rows.every(({ admin_user_id }) => admin_user_id === null)).toBe(true);
    expect(rows[0]?.run_id).toMatch(/^run_/);
  });

  it.each([
    [["--reason", " "], /--reason is blank/],
    [["--ticket", ""], /--ticket is blank/],
    [["--older-than", "soon"], /7d, 24h, 90m, 2w/],
    [["--older-than", "0d"], /more than zero/],
    [["--older-than", "-7d"], /7d, 24h/],
    [["--older-than=-7d"], /7d, 24h/],
    [["--older-than", "0.5s"], /whole number of seconds/],
    [["--older-than", ""], /7d, 24h/],
    [["--older-than", "99999999d"], /too long/],
    [["--batch-size", "0"], /--batch-size/],
    [["--batch-size", "1.5"], /--batch-size/],
    [["ledger"], /rate-limits, rate-limit-state, rate-limit-reservations, idempotency, errors/],
  ])("refuses %j, and deletes nothing", async (words, says) => {
    const before = await moneyState(money.stack);
    const run = await vidops([...words, "--yes"]);
    expect(run).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringMatching(says) });
    expect((await vidops([...words, "--yes", "--json"])).json()).toMatchObject({ ok: false });
    expect(await moneyState(money.stack)).toEqual(before);
    expect(money.stack.requests).toEqual([]);
  });

  it("needs consent: exit 7, nothing sent", async () => {
    expect(await vidops([])).toMatchObject({ exitCode: 7 });
    expect((await vidops(["--json"])).exitCode).toBe(7);
    expect(money.stack.requests).toEqual([]);
  });

  it("refuses --dry-run's opposite, an anon key: exit 4, nothing sent", async () => {
    expect(await vidops(["--yes"], { env: { SUPABASE_SECRET_KEY: money.stack.anonKey } })).toMatchObject({
      exitCode: 4,
    });
    expect(money.stack.requests).toEqual([]);
  });

  it("finishes the running batch on Ctrl-C, says what was deleted, and goes on when run again", async () => {
    const run = await vidops(["rate-limits", "--batch-size", "1", "--yes", "--json"], {
      onStart: (child) => void interruptAfter(5, child),
    });
    expect(run.exitCode).toBe(130);
    const { error } = run.json();
    expect(error).toMatchObject({ code: "CLI_INTERRUPTED", details: { interrupted: true } });
    expect(error.details.deleted).toBeGreaterThan(0);
    expect(error.details.deleted).toBeLessThan(233);
    expect(await rowsLeft()).toBe(400 - error.details.deleted);
    await vidops(["rate-limits", "--yes"]);
    expect(await rowsLeft()).toBe(167);
  });

  it("leaves at once on a second Ctrl-C", async () => {
    money.stack.faults.next({ path: "/rest/v1/rpc/cleanup_rate_limit_logs", kind: "hang" });
    const started = performance.now();
    const run = await vidops(["rate-limits", "--yes"], {
      onStart: (child) =>
        void interruptAfter(1, child).then(() => setTimeout(() => child.kill("SIGINT"), 200)),
    });
    expect(run).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining("stopping after the running batch"),
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it("says what was deleted before a batch failed", async () => {
    const run = await vidops(["rate-limits", "--batch-size", "50", "--yes", "--json"], {
      onStart: () =>
        void expect
          .poll(() => money.stack.requests.length, { interval: 1, timeout: 10_000 })
          .toBeGreaterThanOrEqual(1)
          .then(() => money.stack.faults.next({ path: "/rest/v1/rpc/cleanup", kind: "502-html" })),
    });
    expect(run.exitCode).toBe(8);
    const { error } = run.json();
    expect(error.details.deleted).toBe(400 - (await rowsLeft()));
    expect(error.hint).toContain("again");
  });

  async function interruptAfter(
    requests: number,
    child: Parameters<NonNullable<RunOptions["onStart"]>>[0],
  ): Promise<void> {
    await expect
      .poll(() => money.stack.requests.length, { interval: 5, timeout: 10_000 })
      .toBeGreaterThanOrEqual(requests);
    child.kill("SIGINT");
  }
});
