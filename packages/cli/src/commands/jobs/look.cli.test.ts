import { describe, expect, it } from "vitest";
import { jobsFixture } from "../../testing/jobs-fixture.ts";
import type { Run } from "../../testing/run-vidops.ts";

const jobs = jobsFixture();
const vidops = (...args: string[]): Promise<Run> => jobs.vidops(["jobs", ...args]);
const ids = ({ data }: { data: { jobs: { job_id: string }[] } }): string[] =>
  data.jobs.map(({ job_id }) => job_id);

describe("jobs list", () => {
  it("lists jobs newest first, a page at a time, in every format, with a secret key and with a login", async () => {
    const old = await jobs.order("an old fox [reject]", 30);
    const young = await jobs.order("a young fox", 1);
    const first = (await vidops("list", "--limit", "1", "--json")).json();
    expect(ids(first)).toEqual([young]);
    expect(first.data.jobs[0]).toMatchObject({
      ...{ status: "processing", email: "ada@example.com", model_name: "Reel", provider: "fal" },
      ...{ credits_used: 4, credits_refunded: 0, error_code: null, delivered_free: false },
    });
    const second = (
      await vidops("list", "--limit", "1", "--cursor", first.meta.next_cursor, "--json")
    ).json();
    expect(ids(second)).toEqual([old]);
    expect(second.data.jobs[0]).toMatchObject({
      ...{ status: "failed", credits_refunded: 4, error_reason: "content_policy" },
    });

    const table = await jobs.vidops(["jobs", "list"], { env: jobs.signedIn() });
    expect(table.exitCode, table.stderr).toBe(0);
    expect(table.stdout).toMatch(new RegExp(`${young} +processing +4 +ada@example.com +Reel`));
    expect(table.stdout).toContain(`vidops jobs show ${young}`);
    expect((await vidops("list", "--output", "csv")).stdout.split("\n")[0]).toMatch(/^job_id,created_at,/);
    const [line = ""] = (await vidops("list", "--output", "ndjson")).stdout.split("\n");
    expect(JSON.parse(line)).toMatchObject({ job_id: young });
  });

  it("is narrowed by state, user, model, provider, time, and what is unusual", async () => {
    const failed = await jobs.order("[reject]", 200);
    const late = await jobs.order("a fox", 100);
    const { sql } = jobs.stack;
    await sql`update video_jobs set status = 'failed' where job_id = ${late}`;
    await sql`update video_jobs set delivered_late_at = now() where job_id = ${late}`;
    await sql`update video_jobs set deleted_at = now() where job_id = ${failed}`;
    const listed = async (...flags: string[]): Promise<string[]> =>
      ids((await vidops("list", ...flags, "--since", "205m", "--until", "95m", "--json")).json());
    expect(await listed()).toEqual([late, failed]);
    expect(await listed("--status", "completed")).toEqual([]);
    expect(await listed("--user", "ada@example.com", "--model", "Reel", "--provider", "fal")).toEqual([
      late,
      failed,
    ]);
    expect(await listed("--provider", "runway")).toEqual([]);
    expect(await listed("--delivered-free")).toEqual([late]);
    expect(await listed("--deleted")).toEqual([failed]);
    expect(await listed("--refunded")).toEqual([failed]);
    expect((await vidops("list", "--delivered-free")).stdout).toContain("failed, free");
  });

  it("refuses what cannot be meant before anything is sent, and says nobody rather than nothing", async () => {
    jobs.stack.requests.length = 0;
    for (const [flag, value] of [
      ["--status", "done"],
      ["--limit", "0"],
      ["--provider", "fal ai"],
      ["--user", "ada"],
      ["--since", "tomorrow"],
    ] as const)
      expect((await vidops("list", flag, value)).exitCode, flag).toBe(2);
    expect(jobs.stack.requests).toEqual([]);
    expect((await vidops("list", "--user", "nobody@example.com")).exitCode).toBe(3);
    expect((await vidops("list", "--model", "No such model")).exitCode).toBe(3);
    const stranger = { ...jobs.signedIn(), VIDOPS_ACCESS_TOKEN: jobs.user.accessToken };
    expect((await jobs.vidops(["jobs", "list"], { env: stranger })).exitCode).toBe(4);
  });
});

describe("jobs show", () => {
  it("tells the whole story of a job that failed, in order, and what can be done", async () => {
    const id = await jobs.order("a fox [reject]\nin the snow", 5);
    const run = await vidops("show", id);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^Job [0-9a-f-]{36}\n/);
    expect(run.stdout).toMatch(/status +failed\n/);
    expect(run.stdout).toMatch(/cost +4 credits, all given back\n/);
    expect(run.stdout).toMatch(/error +ERR_5003 content_policy\n/);
    expect(run.stdout).toMatch(
      /ordered\n.*4 credits charged, balance \d+: video_generation\n.*4 credits given back, balance \d+: generation_failed\n.*failed: ERR_5003 content_policy\n/,
    );
    expect(run.stdout).toMatch(/ {2}a fox \[reject\]\n {2}in the snow\n/);
    expect(run.stdout).toContain(`vidops jobs retry ${id} --reason WHY`);
    expect(run.stdout).not.toContain(`vidops refund ${id}`);
    const { data } = (await vidops("show", id, "--json")).json();
    expect(data).toMatchObject({
      ...{ job_id: id, status: "failed", settings: {}, retried_as: null, retry_of: null },
      ...{ ledger: [{ change: -4 }, { change: 4 }], actions: [], key: { status_code: expect.any(Number) } },
    });
  });

  it("says of one that runs how to settle it and how to end it", async () => {
    const id = await jobs.order("a fox", 25);
    const { stdout } = await vidops("show", id);
    expect(stdout).toMatch(/status +processing for 25m\n/);
    expect(stdout).toMatch(/their id +[\w-]{10,}\n/);
    expect(stdout).toContain("vidops jobs stuck --settle");
    expect(stdout).toContain(`vidops jobs fail ${id} --reason WHY`);
  });

  it("shows nothing of what a prompt or a provider would do to a terminal", async () => {
    const id = await jobs.order("a \u001b[31mred\u001b[0m fox\u202e", 1);
    await jobs.stack
      .sql`update video_jobs set error_message = ${"\u001b]0;owned\u0007words"} where job_id = ${id}`;
    for (const run of [
      await vidops("show", id),
      await vidops("list"),
      await vidops("stuck", "--older-than", "1s"),
    ]) {
      expect(run.exitCode, run.stderr).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(run.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
  });

  it("says that there is none, or no id", async () => {
    expect((await vidops("show", crypto.randomUUID())).exitCode).toBe(3);
    expect((await vidops("show", "4711")).exitCode).toBe(2);
    expect((await vidops("show")).exitCode).toBe(2);
  });
});

describe("completion", () => {
  it("knows states, providers, and the newest jobs by their ids", async () => {
    const id = await jobs.order("a fox [reject]");
    const complete = async (...words: string[]): Promise<string> =>
      (await jobs.vidops(["__complete", "zsh", ...words])).stdout;
    expect(await complete("jobs", "list", "--status", "c")).toMatch(/^completed/m);
    expect(await complete("jobs", "stuck", "--provider", "")).toMatch(/fal.*runway/s);
    for (const command of [["jobs", "show"], ["jobs", "fail"], ["jobs", "retry"], ["refund"]])
      expect(await complete(...command, id.slice(0, 6))).toMatch(
        new RegExp(`${id}.*failed, ada@example.com`),
      );
  });
});
