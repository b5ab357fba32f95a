import { describe, expect, it } from "vitest";
import { createJob } from "../../testing/fixtures.ts";
import { moneyFixture } from "../../testing/money-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const money = moneyFixture({ jobs: false });

/** So many processes of the built program at once. */
function atOnce(processes: number, args: readonly string[]): Promise<Run[]> {
  return Promise.all(Array.from({ length: processes }, () => money.vidops(args)));
}

const exits = (runs: readonly Run[], exitCode: number): number =>
  runs.filter((run) => run.exitCode === exitCode).length;

describe("sixteen processes that refund parts of one job at once", () => {
  it("give back exactly what it cost, and the ledger proves itself", async () => {
    const owner = await money.stack.createUser({ credits: 30 });
    const jobId = await createJob(money.stack, { userId: owner.id, cost: 22 });
    const runs = await atOnce(16, [
      ...["refund", jobId, "--amount", "2", "--reason", "part of an outage", "--yes", "--json"],
    ]);
    expect([exits(runs, 0), exits(runs, 5)]).toEqual([11, 5]);
    const [job] = await money.stack
      .sql`select credits_used, credits_refunded from public.video_jobs where job_id = ${jobId}`;
    expect(job).toEqual({ credits_used: 22, credits_refunded: 22 });
    const [audit] = await atOnce(1, ["credits", "audit", owner.id, "--json"]);
    expect(audit?.exitCode).toBe(0);
    const [row] = await money.stack.sql`select credits_remaining from public.users where id = ${owner.id}`;
    expect(row).toEqual({ credits_remaining: 30 });
  });
});

describe("twenty processes with one idempotency key", () => {
  it("refund once and all say the same", async () => {
    const owner = await money.stack.createUser({ credits: 10 });
    const jobId = await createJob(money.stack, { userId: owner.id, cost: 8 });
    const runs = await atOnce(20, [
      ...["refund", jobId, "--reason", "lost video", "--idempotency-key", `once-${jobId}`, "--yes", "--json"],
    ]);
    expect(exits(runs, 0)).toBe(20);
    const answers = runs.map((run) => run.json().data);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.action_id)).size).toBe(1);
    const [row] = await money.stack.sql`
      select (select credits_remaining from public.users where id = ${owner.id}) as balance,
        (select count(*)::int from public.admin_actions where target_job_id = ${jobId}) as actions`;
    expect(row).toEqual({ balance: 10, actions: 1 });
  });
});
