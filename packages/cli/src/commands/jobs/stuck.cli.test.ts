import { describe, expect, it, vi } from "vitest";
import { jobsFixture } from "../../testing/jobs-fixture.ts";
import { hasTerminal, runOnTerminal } from "../../testing/run-on-terminal.ts";
import type { Run, RunOptions } from "../../testing/run-vidops.ts";

const jobs = jobsFixture();
const stuck = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  jobs.vidops(["jobs", "stuck", ...args], { ...options, env: { ...jobs.asking(), ...options.env } });

describe("jobs stuck", () => {
  it("lists what hangs, the oldest first, how long and where, also for a signed-in admin", async () => {
    const old = await jobs.order("a fox", 125);
    const lost = await jobs.order("a fox [lost]", 20);
    const young = await jobs.order("a fox", 1);
    const run = await jobs.vidops(["jobs", "stuck"], { env: jobs.signedIn() });
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(
      new RegExp(`${old} +processing +2h +fal.*${lost} +pending +20m +fal +none`, "s"),
    );
    expect(run.stdout).not.toContain(young);
    expect(run.stdout).toContain("vidops jobs stuck --settle");
    const { data, meta } = (await stuck(["--limit", "1", "--json"])).json();
    expect(data.jobs).toMatchObject([{ job_id: old, waiting_seconds: expect.any(Number) }]);
    const next = (await stuck(["--limit", "1", "--cursor", meta.next_cursor, "--json"])).json();
    expect(next.data).toMatchObject({ jobs: [{ job_id: lost }], next_cursor: null });
    expect((await stuck(["--older-than", "1d"])).stdout).toBe("Nothing hangs for more than 1d.\n");
  });
});

describe("jobs stuck --settle", () => {
  it("completes what has completed, refunds what failed or no provider has, and leaves what runs", async () => {
    const before = await jobs.balance();
    const done = await jobs.order("a fox", 30);
    const failed = await jobs.order("a fox [fail]", 29);
    const running = await jobs.order("a fox", 28);
    await jobs.finish(done);
    await jobs.finish(failed);
    const [never] = await jobs.stack.sql`
      insert into video_jobs (user_id, model_id, prompt, status, credits_used, created_at)
      select user_id, model_id, 'never sent', 'pending', 0, now() - interval '27 minutes' from video_jobs where job_id = ${done} returning job_id`;

    const run = await stuck(["--settle", "--yes", "--json"]);
    expect(run.exitCode, run.stdout).toBe(0);
    const { data } = run.json();
    expect(data).toMatchObject({
      ...{ found: 4, completed: 1, failed: 2, running: 1, unknown: 0, errors: 0, missing_keys: [] },
      jobs: [
        { job_id: done, outcome: "completed", changed: true, late: false },
        { job_id: failed, outcome: "failed", changed: true, credits_refunded: 4 },
        { job_id: running, outcome: "running", changed: false },
        { job_id: never?.job_id, outcome: "failed", reason: "submit_lost" },
      ],
    });
    const file = `${jobs.user.id}/${done}.mp4`;
    expect(await jobs.row(done)).toMatchObject({ status: "completed", video_url: file });
    expect(await jobs.files()).toContain(file);
    expect(await jobs.row(failed)).toMatchObject({ status: "failed", credits_refunded: 4 });
    expect(await jobs.row(running)).toMatchObject({ status: "processing" });
    expect(await jobs.balance()).toBe(before - 8);

    const again = await stuck(["--settle", "--yes"]);
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toMatch(new RegExp(`${running} .*waits there\n`));
    expect(await jobs.balance()).toBe(before - 8);
  });

  it("finds the job of a submit whose answer was lost at the provider, and completes it", async () => {
    const prompt = `a fox [lost] ${crypto.randomUUID()}`;
    const lost = await jobs.order(prompt);
    expect(await jobs.row(lost)).toMatchObject({ status: "pending", provider_job_id: null });
    const there = jobs.provider.jobs().find(({ input }) => input.prompt === prompt);
    jobs.provider.finish(String(there?.id));
    // Younger than it is when a submit is given up: it is looked for by its time.
    await jobs.stack
      .sql`update video_jobs set created_at = created_at - interval '130 seconds' where job_id = ${lost}`;
    const { data } = (await stuck(["--settle", "--older-than", "2m", "--yes", "--json"])).json();
    expect(data.jobs).toMatchObject([{ job_id: lost, outcome: "completed" }]);
    expect(await jobs.row(lost)).toMatchObject({ status: "completed", provider_job_id: there?.id });
  });

  it("shows on a dry run what it would ask about, and does nothing without consent", async () => {
    const id = await jobs.order("a fox", 30);
    await jobs.finish(id);
    const before = await jobs.state();
    const dry = await stuck(["--settle", "--dry-run"]);
    expect(dry.exitCode, dry.stderr).toBe(0);
    expect(dry.stdout).toMatch(new RegExp(`${id}.*Dry run: nobody was asked\\.`, "s"));
    expect((await stuck(["--settle", "--dry-run", "--json"])).json().data).toMatchObject({
      ...{ found: 1, completed: 0, dry_run: true, jobs: [{ job_id: id }] },
    });
    for (const args of [["--settle"], ["--settle", "--json"], ["--settle", "--no-input"]])
      expect((await stuck(args)).exitCode).toBe(7);
    expect(await jobs.state()).toEqual(before);
  });

  it.runIf(hasTerminal)("asks on a terminal, and does nothing when it is declined", async () => {
    const id = await jobs.order("a fox", 30);
    await jobs.finish(id);
    const env = { ...jobs.settings(), ...jobs.asking() };
    const question = /settle what has ended\?/;
    const ask = (answer: string) =>
      runOnTerminal(["jobs", "stuck", "--settle"], {
        ...{ folder: jobs.folder, env, question },
        atQuestion: (terminal) => void terminal.stdin?.write(`${answer}\n`),
      });
    expect((await ask("n")).exitCode).toBe(7);
    expect(await jobs.row(id)).toMatchObject({ status: "processing" });
    const done = await ask("y");
    expect(done.exitCode, done.screen).toBe(0);
    expect(done.screen).toContain("completed");
    expect(await jobs.row(id)).toMatchObject({ status: "completed" });
  });

  it("stops after the running job on Ctrl-C, exits 130, and goes on when it is run again", async () => {
    const ids: string[] = [];
    for (const minutes of [33, 32, 31]) {
      const id = await jobs.order("a fox", minutes);
      await jobs.finish(id);
      ids.push(id);
    }
    const { requests, sql } = jobs.stack;
    const completions = (): number =>
      requests.filter(({ path }) => path.endsWith("/complete_generation")).length;
    requests.length = 0;
    // The second one waits for its row, so that there is time for Ctrl-C.
    const run = await sql.begin(async (transaction) => {
      await transaction`select from video_jobs where job_id = ${ids[1] ?? ""} for update`;
      let child: Parameters<NonNullable<RunOptions["onStart"]>>[0] | undefined;
      const running = stuck(["--settle", "--yes", "--json"], { onStart: (started) => (child = started) });
      await vi.waitUntil(() => completions() === 2, 10_000);
      child?.kill("SIGINT");
      return { running };
    });
    const ended = await run.running;
    expect(ended.exitCode, ended.stdout).toBe(130);
    expect(ended.json().error.details).toMatchObject({ interrupted: true, found: 3, completed: 2 });
    expect(await jobs.row(ids[2] ?? "")).toMatchObject({ status: "processing" });
    expect((await stuck(["--settle", "--yes", "--json"])).json().data).toMatchObject({
      found: 1,
      completed: 1,
    });
  });

  it("has nothing to do where nothing hangs, and says which keys are missing where something does", async () => {
    const none = await stuck(["--settle", "--yes", "--json"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined },
    });
    expect(none.exitCode).toBe(0);
    expect(none.json().data).toMatchObject({ found: 0, jobs: [] });

    const id = await jobs.order("a fox", 30);
    const before = await jobs.state();
    const run = await stuck(["--settle", "--yes", "--json"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined, RUNWAYML_API_SECRET: "key" },
    });
    expect(run.exitCode).toBe(2);
    expect(run.json().error).toMatchObject({ reason: "no_provider_key", hint: /Set FAL_KEY,/ });
    const bad = await stuck(["--settle", "--yes"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: undefined, FAL_KEY: "a key" },
    });
    expect(bad.exitCode).toBe(2);
    expect(bad.stderr).toContain("FAL_KEY");
    expect(bad.stderr).not.toContain("a key");
    expect(await jobs.state()).toEqual(before);
    expect(await jobs.row(id)).toMatchObject({ status: "processing" });
  });

  it("settles what it can when one provider has no key or cannot be reached, and exits 6", async () => {
    const id = await jobs.order("a fox", 30);
    await jobs.finish(id);
    const { sql } = jobs.stack;
    const [model] = await sql`
      insert into models (name, category, cost_per_generation, provider, provider_model_id)
      values ('Gen', 'text_to_video', 4, 'runway', 'gen4.5') returning id`;
    const [other] = await sql`
      insert into video_jobs (user_id, model_id, prompt, status, provider_job_id, created_at)
      values (${jobs.user.id}, ${model?.id}, 'x', 'processing', ${crypto.randomUUID()}, now() - interval '1 hour') returning job_id`;
    const run = await stuck(["--settle", "--yes", "--json"]);
    expect(run.exitCode).toBe(6);
    expect(run.json().data).toMatchObject({
      ...{ completed: 1, unknown: 1, missing_keys: ["RUNWAYML_API_SECRET"] },
      jobs: [
        { job_id: other?.job_id, outcome: "unknown", reason: "provider_not_configured" },
        { job_id: id, outcome: "completed" },
      ],
    });
    const text = await stuck(["--settle", "--yes"]);
    expect(text.exitCode).toBe(2);
    await jobs.order("a fox", 30);
    const nobody = await stuck(["--settle", "--yes", "--provider", "fal"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: "http://127.0.0.1:9" },
    });
    expect(nobody.exitCode, nobody.stderr).toBe(6);
    expect(nobody.stdout).toContain("not settled");
    expect(nobody.stdout).toContain("--without-asking");
  });

  it("says that a login is not enough, and refuses what cannot be meant", async () => {
    await jobs.order("a fox", 30);
    const run = await stuck(["--settle", "--yes"], { env: jobs.signedIn() });
    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain("SUPABASE_SECRET_KEY");
    for (const args of [
      ["--settle", "--older-than", "1m", "--yes"],
      ["--dry-run"],
      ["--older-than", "soon"],
      ["--settle", "--yes", "--provider", ""],
    ])
      expect((await stuck(args)).exitCode, args.join(" ")).toBe(2);
    const far = await stuck(["--settle", "--yes"], {
      env: { VIDOPS_DEVELOPMENT_PROVIDER_URL: "https://example.com" },
    });
    expect(far.exitCode).toBe(2);
    expect(far.stderr).toContain("VIDOPS_DEVELOPMENT_PROVIDER_URL");
  });
});
