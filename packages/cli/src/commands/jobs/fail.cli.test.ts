import { describe, expect, it } from "vitest";
import { jobsFixture } from "../../testing/jobs-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const jobs = jobsFixture();
const why = ["--reason", "hangs for an hour", "--ticket", "SUP-1"];
const fail = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  jobs.vidops(["jobs", "fail", ...args], { ...options, env: { ...jobs.asking(), ...options.env } });
async function lastAction(): Promise<Record<string, unknown>> {
  const [row] = await jobs.stack.sql`select * from admin_actions order by id desc limit 1`;
  return { ...row };
}

describe("jobs fail", () => {
  it("asks the provider, ends a job that still runs, gives back once, and is audited", async () => {
    const before = await jobs.balance();
    const id = await jobs.order("a fox", 60);
    const run = await fail([id, ...why, "--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(new RegExp(`^Ended job ${id}, 4 credits back\n`));
    expect(run.stdout).toMatch(/fal +it waits there\n/);
    expect(run.stdout).toMatch(/status +processing → failed\n/);
    expect(run.stdout).toMatch(new RegExp(`balance +${before - 4} → ${before}\n`));
    expect(run.stdout).toContain("This cannot be undone");
    expect(await jobs.balance()).toBe(before);
    expect(await jobs.row(id)).toMatchObject({ status: "failed", error_reason: "failed_by_operator" });
    expect(await lastAction()).toMatchObject({
      ...{
        action_type: "job_fail",
        target_job_id: id,
        amount: 4,
        reason: "hangs for an hour",
        ticket: "SUP-1",
      },
      admin_user_id: jobs.admin.id,
    });

    const again = await fail([id, ...why, "--yes", "--json"]);
    expect(again.exitCode).toBe(0);
    expect(again.json().data).toMatchObject({ changed: false, action_id: null, credits_refunded: 0 });
    expect(await jobs.balance()).toBe(before);

    const shown = await jobs.vidops(["jobs", "show", id]);
    expect(shown.stdout).toMatch(/action \d+, job fail by ops@example.com: hangs for an hour \[SUP-1\]\n/);
    const listed = await jobs.vidops(["actions", "list", "--type", "job_fail"]);
    expect(listed.stdout).toContain("ended a job of ada@example.com, 4 credits back");
    const action = (await jobs.vidops(["actions", "list", "--limit", "1", "--json"])).json().data.actions[0]
      .id;
    const undo = await jobs.vidops(["actions", "undo", action, "--reason", "why", "--yes"]);
    expect(undo.exitCode).toBe(5);
  });

  it("completes a job that has in truth completed instead, and says so", async () => {
    const before = await jobs.balance();
    const id = await jobs.order("a fox", 60);
    await jobs.finish(id);
    const dry = (await fail([id, ...why, "--dry-run", "--json"])).json();
    expect(dry.data).toMatchObject({
      changed: true,
      dry_run: true,
      provider_says: "completed",
      outcome: null,
    });
    expect(await jobs.row(id)).toMatchObject({ status: "processing" });

    const run = await fail([id, ...why, "--yes"]);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(new RegExp(`^Completed job ${id}: fal had its video\n`));
    expect(await jobs.row(id)).toMatchObject({ status: "completed", credits_refunded: 0 });
    expect(await jobs.files()).toContain(`${jobs.user.id}/${id}.mp4`);
    expect(await jobs.balance()).toBe(before - 4);
    const refused = await fail([id, ...why, "--yes", "--json"]);
    expect(refused.exitCode).toBe(5);
    expect(refused.json().error).toMatchObject({ reason: "job_completed" });
  });

  it("settles a job that failed at its provider with the provider's own reason", async () => {
    const id = await jobs.order("a fox [fail]", 60);
    await jobs.finish(id);
    const { data } = (await fail([id, ...why, "--yes", "--json"])).json();
    expect(data).toMatchObject({
      provider_says: "failed",
      outcome: "failed",
      credits_refunded: 4,
      action_id: null,
    });
    expect(await jobs.row(id)).not.toMatchObject({ error_reason: "failed_by_operator" });
  });

  it("needs nobody to ask where no provider is known to have the job", async () => {
    const id = await jobs.order("a fox [lost]", 60);
    const run = await fail([id, ...why, "--yes"], {
      env: { ...jobs.signedIn(), VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined },
    });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toContain("no provider is known to have it");
    expect(await jobs.row(id)).toMatchObject({ status: "failed", credits_refunded: 4 });
  });

  it("says which key is missing or that nobody answers, and goes without asking when it is told to", async () => {
    const id = await jobs.order("a fox", 60);
    const before = await jobs.state();
    const keyless = { VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined };
    const run = await fail([id, ...why, "--yes", "--json"], { env: keyless });
    expect(run.exitCode).toBe(2);
    expect(run.json().error).toMatchObject({ reason: "no_provider_key", hint: /--without-asking/ });
    expect(run.json().error.message).toContain("FAL_KEY");
    const gone = await fail([id, ...why, "--yes", "--json"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: "http://127.0.0.1:9" },
    });
    expect(gone.exitCode).toBe(75);
    expect(gone.json().error.hint).toContain("--without-asking");
    expect(await jobs.state()).toEqual(before);

    const done = await fail([id, ...why, "--yes", "--without-asking"], {
      env: { ...jobs.signedIn(), ...keyless },
    });
    expect(done.exitCode, done.stderr).toBe(0);
    expect(await jobs.row(id)).toMatchObject({ status: "failed", credits_refunded: 4 });
  });

  it("tells a login that completing needs the secret key", async () => {
    const id = await jobs.order("a fox", 60);
    await jobs.finish(id);
    const run = await fail([id, ...why, "--yes"], { env: jobs.signedIn() });
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain("SUPABASE_SECRET_KEY");
    expect(await jobs.row(id)).toMatchObject({ status: "processing" });
  });

  it("changes nothing without consent, on a dry run, for an unknown job, without a reason, or for who is no admin", async () => {
    const id = await jobs.order("a fox", 60);
    const before = await jobs.state();
    const dry = await fail([id, ...why, "--dry-run"]);
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(/End job .*fal is still at it.*Dry run: nothing was changed\./s);
    expect((await fail([id, ...why])).exitCode).toBe(7);
    expect((await fail([id, ...why, "--json"])).exitCode).toBe(7);
    expect((await fail([crypto.randomUUID(), ...why, "--yes"])).exitCode).toBe(3);
    expect((await fail(["4711", ...why, "--yes"])).exitCode).toBe(2);
    expect((await fail([id, "--yes"])).exitCode).toBe(2);
    const stranger = { ...jobs.signedIn(), VIDOPS_ACCESS_TOKEN: jobs.user.accessToken };
    expect((await fail([id, ...why, "--yes"], { env: stranger })).exitCode).toBe(4);
    expect(await jobs.state()).toEqual(before);
  });

  it.runIf(hasTerminal)("asks on a terminal, and is declined with n", async () => {
    const id = await jobs.order("a fox", 60);
    const run = await runOnTerminal(["jobs", "fail", id, ...why], {
      ...{ folder: jobs.folder, env: { ...jobs.settings(), ...jobs.asking() } },
      question: /give its credits back\?/,
      atQuestion: (terminal) => void terminal.stdin?.write("n\n"),
    });
    expect(run.exitCode, run.screen).toBe(7);
    expect(await jobs.row(id)).toMatchObject({ status: "processing" });
  });
});
