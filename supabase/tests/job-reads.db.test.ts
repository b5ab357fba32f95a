import type { TestUser } from "@vidops/local/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { type Answer, signedIn, withSecretKey } from "./acting.ts";
import { useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, job, rpc } = project;
let admin: TestUser;
let ada: string;
/** Jobs of one user: one of each kind, oldest first. */
const jobs: Record<string, string> = {};

beforeAll(async () => {
  admin = await project.stack.createUser({ isAdmin: true });
  ada = await user(100);
  const { sql } = project.stack;
  const kinds = ["completed", "failed", "late", "deleted", "free", "running", "waiting"] as const;
  for (const kind of kinds) jobs[kind] = await job(ada);
  const done = { p_video_url: "u/v.mp4", p_provider_job_id: "r-1" };
  const failure = { p_code: "ERR_5003", p_reason: "content_refused", p_message: "the provider's words" };
  for (const kind of ["failed", "late", "deleted"])
    await rpc("fail_generation", { p_job_id: jobs[kind], ...failure });
  await rpc("admin_refund_credits", {
    ...{
      p_job_id: jobs.free,
      p_amount: null,
      p_reason: "x",
      p_admin_user_id: admin.id,
      p_allow_unfinished: true,
    },
  });
  for (const kind of ["completed", "late", "free"])
    await rpc("complete_generation", { p_job_id: jobs[kind], ...done });
  await rpc("delete_generation", { p_user_id: ada, p_job_id: jobs.deleted });
  await rpc("attach_generation", { p_job_id: jobs.running, p_provider_job_id: "r-9" });
  for (const [minutes, kind] of [...kinds].reverse().entries())
    await sql`update public.video_jobs set created_at = now() - make_interval(mins => ${minutes * 10}) where job_id = ${jobs[kind] ?? ""}`;
  await rpc("start_generation", {
    ...{ p_user_id: await user(10), p_model_id: project.modelId, p_prompt: "p", p_idempotency_key: "k" },
  });
});

const speak = (name: string, args: Answer = {}): Promise<Answer> =>
  signedIn(project.stack, admin)(name, args);
const kindsIn = ({ jobs: found }: Answer): string[] =>
  (found as Answer[]).map(
    ({ job_id }) => Object.entries(jobs).find(([, id]) => id === job_id)?.[0] ?? "other",
  );

describe("list_jobs", () => {
  it.each([
    [{}, ["waiting", "running", "free", "deleted", "late", "failed", "completed"]],
    [{ p_status: "failed" }, ["deleted", "late", "failed"]],
    [{ p_delivered_free: true }, ["free", "late"]],
    [{ p_delivered_free: false, p_status: "failed" }, ["deleted", "failed"]],
    [{ p_deleted: true }, ["deleted"]],
    [{ p_deleted: false, p_status: "failed" }, ["late", "failed"]],
    [{ p_refunded: true }, ["free", "deleted", "late", "failed"]],
    [{ p_refunded: false }, ["waiting", "running", "completed"]],
    [{ p_provider: "fal", p_status: "pending" }, ["waiting"]],
    [{ p_provider: "runway" }, []],
  ])("with %j lists what fits, newest first", async (filter, kinds) => {
    expect(kindsIn(await speak("list_jobs", { p_user_id: ada, ...filter }))).toEqual(kinds);
  });

  it("is narrowed by time and model, and lists everybody's", async () => {
    const at = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    expect(kindsIn(await speak("list_jobs", { p_since: at(25), p_until: at(5) }))).toEqual(
      ["free", "running"].reverse(),
    );
    expect(kindsIn(await speak("list_jobs", { p_model_id: project.modelId }))).toHaveLength(8);
    expect(kindsIn(await speak("list_jobs", { p_model_id: crypto.randomUUID() }))).toEqual([]);
  });

  it("is read page by page, each job once", async () => {
    const seen: string[] = [];
    let next: Answer | null = {};
    while (next !== null) {
      const page: Answer = await speak("list_jobs", {
        ...{ p_limit: 3, p_user_id: ada },
        ...("job_id" in next && { p_before_created_at: next.created_at, p_before_job_id: next.job_id }),
      });
      seen.push(...kindsIn(page));
      next = page.next as Answer | null;
    }
    expect(seen).toEqual(["waiting", "running", "free", "deleted", "late", "failed", "completed"]);
  });

  it("refuses a status and a page that there are not, half a place, and who is no operator", async () => {
    for (const bad of [
      ...[{ p_status: "done" }, { p_limit: 0 }, { p_limit: 1001 }, { p_before_job_id: ada }],
    ])
      expect(await speak("list_jobs", bad)).toMatchObject({ code: "22023" });
    const stranger = signedIn(project.stack, await project.stack.createUser());
    for (const [name, args] of [
      ["list_jobs", {}],
      ["get_job", { p_job_id: jobs.late }],
      ["list_stuck_jobs", {}],
      ["list_deleted_jobs", {}],
      ["cleanup_deleted_jobs", { p_jobs: [] }],
    ] as const)
      expect(await stranger(name, args)).toMatchObject({ code: "42501" });
  });
});

describe("get_job", () => {
  it("tells a job whole, with its money, its audit, its key, and what became of it", async () => {
    const retry = await speak("retry_job", { p_job_id: jobs.failed, p_reason: "once more" });
    const story = await speak("get_job", { p_job_id: jobs.failed });
    expect(story).toMatchObject({
      success: true,
      job: {
        ...{
          job_id: jobs.failed,
          status: "failed",
          error_code: "ERR_5003",
          error_message: "the provider's words",
        },
        ...{ prompt: "a fox in the snow", settings: {}, provider: "fal", delivered_free: false },
      },
      user: { is_guest: false, banned_at: null, handed_over_to: null },
      model: { is_available: true, cost_per_generation: 4 },
      ledger: [{ change: -4 }, { change: 4, reason: "generation_failed" }],
      actions: [{ action_type: "job_retry", reason: "once more" }],
      key: { status_code: 502 },
      retried_as: retry.new_job_id,
    });
    expect(await speak("get_job", { p_job_id: retry.new_job_id })).toMatchObject({
      job: { status: "pending", idempotency_key: `retry:${jobs.failed}` },
      ...{ key: { status_code: 102 }, retried_as: null },
    });
    expect(await speak("get_job", { p_job_id: crypto.randomUUID() })).toMatchObject({
      error: "job_not_found",
    });
  });
});

describe("list_stuck_jobs", () => {
  it("lists what is under way for long, whole, the oldest first, a page at a time", async () => {
    const first = await speak("list_stuck_jobs", { p_older_than_seconds: 0, p_limit: 1 });
    expect(first.jobs).toMatchObject([
      { job_id: jobs.running, provider_job_id: "r-9", settings: {}, waiting_seconds: expect.any(Number) },
    ]);
    const { created_at, job_id } = first.next as Answer;
    const second = await withSecretKey(project.stack, null)("list_stuck_jobs", {
      ...{ p_older_than_seconds: 0, p_limit: 1, p_after_created_at: created_at, p_after_job_id: job_id },
    });
    expect(kindsIn(second)).toEqual(["waiting"]);
    expect(kindsIn(await speak("list_stuck_jobs", { p_older_than_seconds: 300 }))).toEqual(["running"]);
    expect(
      kindsIn(await speak("list_stuck_jobs", { p_older_than_seconds: 300, p_provider: "pika" })),
    ).toEqual([]);
    expect(kindsIn(await speak("list_stuck_jobs"))).toEqual([]);
  });
});
