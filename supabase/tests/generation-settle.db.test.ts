import { describe, expect, it } from "vitest";
import { type Answer, useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, job, rpc, books, start, isProven } = project;

const attach = (id: string, provider = "r-1"): Promise<Answer> =>
  rpc("attach_generation", { p_job_id: id, p_provider_job_id: provider });
const complete = (id: string, more: Answer = {}): Promise<Answer> =>
  rpc("complete_generation", { p_job_id: id, p_video_url: "u/v.mp4", ...more });
const fail = (id: string, more: Answer = {}): Promise<Answer> =>
  rpc("fail_generation", { p_job_id: id, p_code: "ERR_5003", p_reason: "content_refused", ...more });
const state = async (id: string): Promise<unknown> => {
  const [row] = await project.stack.sql`
    select status, video_url, provider_job_id, error_code, error_reason, credits_refunded, delivered_late_at is not null as late
    from public.video_jobs where job_id = ${id}`;
  return row;
};

describe("a generation", () => {
  it("that succeeds is charged once, however often and in whatever order its steps are told", async () => {
    const id = await user(10);
    const one = await job(id);
    expect(await attach(one)).toMatchObject({ status: "processing", changed: true });
    expect(await attach(one)).toMatchObject({ status: "processing", changed: false });
    expect(await complete(one)).toMatchObject({ status: "completed", changed: true, late: false });
    expect(await complete(one, { p_video_url: "other.mp4" })).toMatchObject({ changed: false });
    expect(await attach(one)).toMatchObject({ status: "completed", changed: false });
    expect(await fail(one)).toMatchObject({ success: false, error: "job_completed", code: "ERR_4009" });
    expect(await state(one)).toMatchObject({ status: "completed", video_url: "u/v.mp4" });
    expect(await books(id)).toMatchObject({ balance: 6, ledger: [-4] });
  });

  it("whose webhook comes before the request's own word completes all the same, and the key is answered", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const one = await job(id, { p_idempotency_key: key });
    expect(await complete(one, { p_provider_job_id: "r-9" })).toMatchObject({ status: "completed" });
    expect(await attach(one, "r-9")).toMatchObject({ status: "completed", changed: false });
    expect(await state(one)).toMatchObject({ status: "completed", provider_job_id: "r-9" });
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({
      replayed: true,
      response: { status: "processing" },
    });
  });

  it("that fails is refunded exactly once, also when twenty tell it at once", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const one = await job(id, { p_idempotency_key: key });
    const answers = await Promise.all(Array.from({ length: 20 }, () => fail(one)));
    expect(answers.filter((answer) => answer.changed === true)).toMatchObject([
      { credits_refunded: 4, credits_remaining: 10 },
    ]);
    expect(answers.filter((answer) => answer.changed === false)).toHaveLength(19);
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4] });
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({
      status_code: 502,
      response: {
        status: "failed",
        error_code: "ERR_5003",
        reason: "content_refused",
        credits_remaining: 10,
      },
    });
    expect(await isProven()).toBe(true);
  });

  it("that fails after it was taken answers repeats as the first time, and the job tells the rest", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const one = await job(id, { p_idempotency_key: key });
    await attach(one);
    await fail(one);
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({
      status_code: 202,
      response: { status: "processing", credits_remaining: 6 },
    });
    expect(await state(one)).toMatchObject({ status: "failed", error_code: "ERR_5003" });
  });

  it("that was partly refunded by an admin gets the rest back, and no more", async () => {
    const id = await user(10);
    const one = await job(id);
    const admin = await project.stack.createUser({ isAdmin: true });
    await rpc("admin_refund_credits", {
      ...{ p_job_id: one, p_amount: 1, p_reason: "x", p_admin_user_id: admin.id, p_allow_unfinished: true },
    });
    expect(await fail(one)).toMatchObject({ changed: true, credits_refunded: 3, credits_remaining: 10 });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 1, 3] });
  });

  it("whose refund was undone before it failed gets all of it back", async () => {
    const id = await user(10);
    const one = await job(id);
    const admin = await project.stack.createUser({ isAdmin: true });
    const act = { p_reason: "x", p_admin_user_id: admin.id };
    const refund = await rpc("admin_refund_credits", {
      ...{ ...act, p_job_id: one, p_amount: null, p_allow_unfinished: true },
    });
    await rpc("undo_admin_action", { ...act, p_action_id: refund.action_id });
    expect(await fail(one)).toMatchObject({ changed: true, credits_refunded: 4, credits_remaining: 10 });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4, -4, 4] });
  });

  it("is either delivered or refunded when success and failure come at once", async () => {
    for (let round = 0; round < 15; round += 1) {
      const id = await user(4);
      const one = await job(id);
      await attach(one);
      const [done, failed] = await Promise.all([complete(one), fail(one)]);
      const row = (await state(one)) as Answer;
      if (row.status === "completed") {
        expect(failed).toMatchObject({ error: "job_completed" });
        expect(await books(id)).toMatchObject({ balance: 0, ledger: [-4] });
      } else {
        expect(done).toMatchObject({ late: true });
        expect(row).toMatchObject({ status: "failed", late: true, video_url: "u/v.mp4" });
        expect(await books(id)).toMatchObject({ balance: 4, ledger: [-4, 4] });
      }
    }
  });

  it("whose video comes after the refund is delivered free, once, and the audit names it", async () => {
    const id = await user(10);
    const one = await job(id);
    await attach(one);
    await fail(one);
    const answers = await Promise.all(Array.from({ length: 5 }, () => complete(one)));
    expect(answers.filter((answer) => answer.changed === true)).toMatchObject([
      { status: "failed", late: true },
    ]);
    expect(answers.every((answer) => answer.late === true)).toBe(true);
    expect(await state(one)).toMatchObject({ status: "failed", late: true, video_url: "u/v.mp4" });
    expect(await books(id)).toMatchObject({ balance: 10, ledger: [-4, 4] });
    const audit = await rpc("audit_credits", { p_user_id: id });
    expect(audit).toMatchObject({
      free_videos_count: 1,
      free_videos: [{ job_id: one, credits_refunded: 4 }],
    });
  });

  it("that was emptied after its user deleted it takes no late video", async () => {
    const one = await job(await user(10));
    await fail(one);
    await project.stack
      .sql`update public.video_jobs set deleted_at = now(), purged_at = now() where job_id = ${one}`;
    expect(await complete(one)).toMatchObject({ success: true, late: true, changed: false });
    expect(await state(one)).toMatchObject({ status: "failed", late: false, video_url: null });
  });

  it("that the provider has under another id is told apart, whoever says it", async () => {
    const id = await user(10);
    const one = await job(id);
    await attach(one, "r-1");
    const mismatch = { error: "provider_job_mismatch", code: "ERR_4009", provider_job_id: "r-1" };
    expect(await attach(one, "r-2")).toMatchObject(mismatch);
    expect(await complete(one, { p_provider_job_id: "r-2" })).toMatchObject(mismatch);
    expect(await state(one)).toMatchObject({ status: "processing", provider_job_id: "r-1" });
  });

  it("that failed before it was attached keeps its state and learns the id", async () => {
    const id = await user(10);
    const one = await job(id);
    await fail(one);
    expect(await attach(one)).toMatchObject({ status: "failed", changed: true });
    expect(await state(one)).toMatchObject({ status: "failed", provider_job_id: "r-1" });
    expect(await books(id)).toMatchObject({ balance: 10 });
  });

  it("is not found when there is none, and malformed words are refused", async () => {
    const nobody = crypto.randomUUID();
    for (const answer of [await attach(nobody), await complete(nobody), await fail(nobody)])
      expect(answer).toMatchObject({ error: "job_not_found", code: "ERR_4007" });
    const one = await job(await user(10));
    for (const answer of [
      await attach(one, " "),
      await complete(one, { p_video_url: "" }),
      await fail(one, { p_code: "ERR_9" }),
      await fail(one, { p_reason: "No Words" }),
    ])
      expect(answer).toMatchObject({ code: "22023" });
    expect(await state(one)).toMatchObject({ status: "pending" });
  });
});
