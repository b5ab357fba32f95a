import { describe, expect, it } from "vitest";
import { jobsFixture } from "../../testing/jobs-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const jobs = jobsFixture();
const why = ["--reason", "they are back", "--ticket", "SUP-1"];
const retry = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  jobs.vidops(["jobs", "retry", ...args], { ...options, env: { ...jobs.asking(), ...options.env } });

/** A job that failed at its provider. */
async function failed(prompt = "a fox"): Promise<string> {
  const id = await jobs.order(prompt, 30);
  const { sql } = jobs.stack;
  await sql`select fail_generation(${id}, 'ERR_5001', 'provider_timeout')`;
  return id;
}

describe("jobs retry", () => {
  it("orders a failed job once more, charges its user, sends it to the provider, and is audited", async () => {
    const id = await failed();
    const before = await jobs.balance();
    const sent = jobs.provider.jobs().length;
    const run = await retry([id, ...why, "--yes", "--json"]);
    expect(run.exitCode, run.stdout).toBe(0);
    const { data } = run.json();
    expect(data).toMatchObject({
      ...{ changed: true, job_id: id, status: "processing", credits_used: 4, provider: "fal" },
      ...{ previous_balance: before, new_balance: before - 4, reason: "they are back" },
    });
    expect(jobs.provider.jobs()).toHaveLength(sent + 1);
    expect(await jobs.row(data.new_job_id)).toMatchObject({
      ...{ status: "processing", prompt: "a fox", user_id: jobs.user.id, idempotency_key: `retry:${id}` },
      provider_job_id: jobs.provider.jobs().at(-1)?.id,
    });
    expect(await jobs.balance()).toBe(before - 4);
    const [action] = await jobs.stack.sql`select * from admin_actions order by id desc limit 1`;
    expect(action).toMatchObject({ action_type: "job_retry", target_job_id: id, ticket: "SUP-1" });

    const again = await retry([id, ...why, "--yes"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain("was ordered once more before: nothing was changed");
    expect(again.stdout).toContain(`vidops jobs show ${data.new_job_id}`);
    expect(jobs.provider.jobs()).toHaveLength(sent + 1);
    expect(await jobs.balance()).toBe(before - 4);
    expect((await jobs.vidops(["jobs", "show", id])).stdout).toContain(`retried as  ${data.new_job_id}`);
    expect((await jobs.vidops(["jobs", "show", data.new_job_id])).stdout).toMatch(
      new RegExp(`retry of +${id}`),
    );
  });

  it("gives back what the provider refuses, and names the job that failed", async () => {
    const id = await failed("a fox [reject]");
    const before = await jobs.balance();
    const run = await retry([id, ...why, "--yes", "--json"]);
    expect(run.exitCode).toBe(5);
    const { error } = run.json();
    expect(error).toMatchObject({ code: "ERR_5003", details: { new_job_id: expect.any(String) } });
    expect(error.message).toContain("its credits are back");
    expect(await jobs.row(error.details.new_job_id)).toMatchObject({ status: "failed", credits_refunded: 4 });
    expect(await jobs.balance()).toBe(before);
  });

  it("says when nobody knows whether the provider took it, and leaves that to the sweep", async () => {
    const id = await failed("a fox [lost]");
    const run = await retry([id, ...why, "--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain("is not known yet");
  });

  it("charges once when its answer is lost, and what was not sent is given back by the sweep", async () => {
    const id = await failed();
    const before = await jobs.balance();
    jobs.stack.faults.next({ path: "/rest/v1/rpc/retry_job", kind: "cut-after-forward" });
    const lost = await retry([id, ...why, "--yes", "--json"]);
    expect(lost.exitCode).toBe(8);
    expect(lost.json().error).toMatchObject({ code: "ERR_6006", hint: /Run the same command again/ });
    expect(await jobs.balance()).toBe(before - 4);
    const again = (await retry([id, ...why, "--yes", "--json"])).json();
    expect(again.data).toMatchObject({ changed: false, new_job_id: expect.any(String) });
    expect(await jobs.balance()).toBe(before - 4);
    const { sql } = jobs.stack;
    await sql`update video_jobs set created_at = created_at - interval '20 minutes' where job_id = ${again.data.new_job_id}`;
    await jobs.vidops(["jobs", "stuck", "--settle", "--yes"], { env: jobs.asking() });
    expect(await jobs.row(again.data.new_job_id)).toMatchObject({ status: "failed", credits_refunded: 4 });
    expect(await jobs.balance()).toBe(before);
  });

  it("shows on a dry run who is charged how much, and changes nothing; nor without consent", async () => {
    const id = await failed();
    const before = await jobs.state();
    const sent = jobs.provider.jobs().length;
    const dry = await retry([id, ...why, "--dry-run"]);
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(/user +ada@example.com\n.*cost +4 credits\n.*Dry run: nothing was changed\./s);
    expect((await retry([id, ...why])).exitCode).toBe(7);
    expect((await retry([id, ...why, "--json"])).exitCode).toBe(7);
    expect(await jobs.state()).toEqual(before);
    expect(jobs.provider.jobs()).toHaveLength(sent);
  });

  it("refuses what has not failed, what is dearer than was shown, a login alone, and a missing key; nobody is charged", async () => {
    const running = await jobs.order("a fox", 30);
    const id = await failed();
    const before = await jobs.state();
    const refused = await retry([running, ...why, "--yes", "--json"]);
    expect(refused.exitCode).toBe(5);
    expect(refused.json().error).toMatchObject({ reason: "job_not_failed" });
    const login = await retry([id, ...why, "--yes"], { env: jobs.signedIn() });
    expect(login.exitCode).toBe(4);
    expect(login.stderr).toContain("SUPABASE_SECRET_KEY");
    const keyless = await retry([id, ...why, "--yes"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined },
    });
    expect(keyless.exitCode).toBe(2);
    expect(keyless.stderr).toContain("FAL_KEY");
    expect((await retry([crypto.randomUUID(), ...why, "--yes"])).exitCode).toBe(3);
    expect(await jobs.state()).toEqual(before);
  });

  it.runIf(hasTerminal)("asks for the price that it shows, and charges no other", async () => {
    const id = await failed();
    const before = await jobs.balance();
    const { sql } = jobs.stack;
    const run = await runOnTerminal(["jobs", "retry", id, ...why], {
      ...{ folder: jobs.folder, env: { ...jobs.settings(), ...jobs.asking() } },
      question: /charge ada@example.com 4 credits\?/,
      atQuestion: async (terminal) => {
        await sql`update models set cost_per_generation = 9 where name = 'Reel'`;
        terminal.stdin?.write("y\n");
      },
    });
    await sql`update models set cost_per_generation = 4 where name = 'Reel'`;
    expect(run.exitCode, run.screen).toBe(5);
    expect(await jobs.balance()).toBe(before);
  });
});
