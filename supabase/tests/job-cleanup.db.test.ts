import { afterAll, describe, expect, it } from "vitest";
import { type Answer, lastAction, signedIn, walkChain, withSecretKey } from "./acting.ts";
import { useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, job, rpc } = project;
const speak = (name: string, args: Answer = {}): Promise<Answer> =>
  withSecretKey(project.stack, null)(name, args);

afterAll(async () => {
  expect(await walkChain(project.stack.sql)).toMatchObject({ broken: [], headFits: true });
  expect(await project.isProven()).toBe(true);
});

/** A job with a video that its user deleted so many days ago. */
async function deleted(userId: string, days = 31): Promise<string> {
  const id = await job(userId);
  await rpc("complete_generation", { p_job_id: id, p_video_url: `${userId}/${id}.mp4` });
  await rpc("delete_generation", { p_user_id: userId, p_job_id: id });
  await project.stack
    .sql`update public.video_jobs set deleted_at = now() - make_interval(days => ${days}) where job_id = ${id}`;
  return id;
}
const row = async (id: string): Promise<Answer | undefined> =>
  (await project.stack.sql`select * from public.video_jobs where job_id = ${id}`)[0];

describe("cleanup_deleted_jobs", () => {
  it("empties what list_deleted_jobs lists, 30 days after it was deleted, and keeps the row for the ledger", async () => {
    const id = await user(20);
    const [old, young, kept] = [await deleted(id), await deleted(id, 29), await job(id)];
    expect(await speak("cleanup_deleted_jobs", { p_dry_run: true })).toMatchObject({
      ...{ success: true, deleted: 0, would_delete: 1, more: true, action_id: null },
    });
    const listed = await speak("list_deleted_jobs");
    expect(listed.jobs).toEqual([{ job_id: old, user_id: id, video_url: `${id}/${old}.mp4` }]);
    const before = [await row(young), await row(kept)];

    const answer = await speak("cleanup_deleted_jobs", { p_jobs: listed.jobs, p_run_id: "nightly" });
    expect(answer).toMatchObject({ success: true, deleted: 1, more: false, action_id: expect.any(Number) });
    expect(await row(old)).toMatchObject({
      ...{ prompt: "", settings: {}, video_url: null, error_message: null, purged_at: expect.any(Date) },
      ...{ status: "completed", credits_used: 4, user_id: id },
    });
    expect([await row(young), await row(kept)]).toEqual(before);
    expect(await lastAction(project.stack.sql)).toMatchObject({
      ...{ action_type: "cleanup", admin_user_id: null, run_id: "nightly", reason: "retention" },
      details: { target: "deleted_jobs", deleted: 1 },
    });

    // What was emptied is not emptied again, and leaves no second audit row.
    expect(await speak("cleanup_deleted_jobs", { p_jobs: listed.jobs })).toMatchObject({
      ...{ deleted: 0, action_id: null },
    });
    expect((await speak("list_deleted_jobs")).jobs).toEqual([]);
  });

  it("empties no job that is not deleted, is deleted a short while ago, or got another video meanwhile", async () => {
    const id = await user(20);
    const [young, alive, changed] = [await deleted(id, 1), await job(id), await deleted(id)];
    const listed = (await speak("list_deleted_jobs")).jobs as Answer[];
    await project.stack.sql`update public.video_jobs set video_url = 'u/late.mp4' where job_id = ${changed}`;
    const claimed = [
      ...listed,
      { job_id: young, video_url: `${id}/${young}.mp4` },
      { job_id: alive, video_url: null },
      { job_id: crypto.randomUUID(), video_url: null },
    ];
    expect(await speak("cleanup_deleted_jobs", { p_jobs: claimed })).toMatchObject({
      deleted: 0,
      more: true,
    });
    for (const one of [young, alive, changed]) expect((await row(one))?.purged_at).toBeNull();
  });

  it("makes one of two cleanups at once empty a job, and both end", async () => {
    const id = await user(20);
    await Promise.all([deleted(id), deleted(id), deleted(id)]);
    const { jobs } = await speak("list_deleted_jobs");
    const answers = await Promise.all(
      [jobs, [...(jobs as Answer[])].reverse()].map((p_jobs) => speak("cleanup_deleted_jobs", { p_jobs })),
    );
    const emptied = answers.reduce((sum, answer) => sum + Number(answer.deleted), 0);
    expect(emptied).toBe((jobs as Answer[]).length);
  });

  it("is the admin's who is signed in, with reason and ticket, and refuses what is no list and no age", async () => {
    const admin = await project.stack.createUser({ isAdmin: true });
    await deleted(await user(10));
    const own = signedIn(project.stack, admin);
    const { jobs } = await own("list_deleted_jobs");
    await own("cleanup_deleted_jobs", {
      p_jobs: jobs,
      p_reason: "a request to be forgotten",
      p_ticket: "DPO-1",
    });
    expect(await lastAction(project.stack.sql)).toMatchObject({
      ...{
        action_type: "cleanup",
        admin_user_id: admin.id,
        reason: "a request to be forgotten",
        ticket: "DPO-1",
      },
    });
    for (const bad of [
      {},
      { p_jobs: {} },
      { p_jobs: [], p_older_than_seconds: -1 },
      { p_jobs: Array.from({ length: 1001 }, () => ({ job_id: crypto.randomUUID() })) },
    ])
      expect(await own("cleanup_deleted_jobs", bad)).toMatchObject({ code: "22023" });
    for (const bad of [{ p_batch_size: 0 }, { p_batch_size: 1001 }, { p_older_than_seconds: -1 }])
      expect(await own("list_deleted_jobs", bad)).toMatchObject({ code: "22023" });
  });
});
