import { describe, expect, it } from "vitest";
import { type Answer, useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, start, books, isProven } = project;

/** So many at once. */
const atOnce = (times: number, work: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, work));

describe("start_generation", () => {
  it("writes the job, its charge, the ledger row and the key together", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const answer = await start(id, { p_idempotency_key: key, p_settings: { duration: 5 } });
    expect(answer).toMatchObject({ success: true, replayed: false, status: "pending", credits_used: 4 });
    expect(answer).toMatchObject({ credits_remaining: 6, provider: "fal", provider_model_id: "fal-ai/fox" });
    expect(await books(id)).toEqual({ balance: 6, jobs: 1, ledger: [-4], keys: 1 });
    const [row] = await project.stack.sql`
      select j.status, j.credits_used, j.credits_refunded, j.settings, j.idempotency_key, l.change, l.balance_after, k.status_code
      from public.video_jobs j join public.quota_log l using (job_id) join public.idempotency_log k using (job_id)
      where job_id = ${String(answer.job_id)}`;
    expect(row).toEqual({
      ...{ status: "pending", credits_used: 4, credits_refunded: 0, settings: { duration: 5 } },
      ...{ idempotency_key: key, change: -4, balance_after: 6, status_code: 102 },
    });
  });

  it("begins one of fifty at once that have one key, and charges once", async () => {
    const id = await user(100);
    const key = crypto.randomUUID();
    const answers = await atOnce(50, () => start(id, { p_idempotency_key: key }));
    expect(answers.filter((answer) => answer.replayed === false)).toHaveLength(1);
    expect(answers.filter((answer) => answer.error === "request_in_flight")).toHaveLength(49);
    expect(new Set(answers.map((answer) => answer.job_id)).size).toBe(1);
    expect(await books(id)).toEqual({ balance: 96, jobs: 1, ledger: [-4], keys: 1 });
  });

  it("begins one of ten at once when the credits are for one", async () => {
    const id = await user(7);
    const answers = await atOnce(10, () => start(id));
    expect(answers.filter((answer) => answer.success === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer.error === "insufficient_credits")).toHaveLength(9);
    expect(await books(id)).toEqual({ balance: 3, jobs: 1, ledger: [-4], keys: 1 });
  });

  it("begins as many as there are credits for, of many users at once, and the books add up", async () => {
    const users = await Promise.all(Array.from({ length: 8 }, () => user(9)));
    await Promise.all(users.flatMap((id) => Array.from({ length: 4 }, () => start(id))));
    for (const id of users)
      expect(await books(id)).toEqual({ balance: 1, jobs: 2, ledger: [-4, -4], keys: 2 });
    expect(await isProven()).toBe(true);
  });

  it("repeats the answer that was stored, whatever has changed since", async () => {
    const id = await user(4);
    const key = crypto.randomUUID();
    const job = String((await start(id, { p_idempotency_key: key })).job_id);
    await project.rpc("attach_generation", { p_job_id: job, p_provider_job_id: "r-1" });
    await project.stack.sql`update public.users set banned_at = now() where id = ${id}`;
    expect(await start(id, { p_idempotency_key: key })).toEqual({
      ...{ success: true, replayed: true, job_id: job, status_code: 202 },
      response: { job_id: job, status: "processing", credits_used: 4, credits_remaining: 0 },
    });
  });

  it("tells whoever lost the answer that it began, and nobody else", async () => {
    const id = await user(10);
    const mine = { p_idempotency_key: crypto.randomUUID(), p_attempt: crypto.randomUUID() };
    const first = await start(id, mine);
    expect(await start(id, mine)).toEqual({ ...first, limits: null });
    for (const p_attempt of [null, crypto.randomUUID()])
      expect(await start(id, { ...mine, p_attempt })).toMatchObject({ error: "request_in_flight" });
    expect(await books(id)).toEqual({ balance: 6, jobs: 1, ledger: [-4], keys: 1 });
    await project.rpc("attach_generation", { p_job_id: first.job_id, p_provider_job_id: "r-2" });
    // From then on the attempt is nothing, and stands in no answer.
    expect(await start(id, mine)).toEqual({
      ...{ success: true, replayed: true, job_id: first.job_id, status_code: 202 },
      response: { job_id: first.job_id, status: "processing", credits_used: 4, credits_remaining: 6 },
    });
  });

  it("answers with the job when who began it has been gone for two minutes", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    const job = String((await start(id, { p_idempotency_key: key })).job_id);
    const age = (interval: string) => project.stack.sql`
      update public.idempotency_log set created_at = now() - ${interval}::interval where idempotency_key = ${key}`;
    await age("110 seconds");
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({ error: "request_in_flight" });
    await age("130 seconds");
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({
      ...{ success: true, replayed: true, status_code: 202 },
      response: { job_id: job, status: "pending", credits_used: 4, credits_remaining: 6 },
    });
    expect(await books(id)).toMatchObject({ jobs: 1, ledger: [-4] });
  });

  it("takes a key anew after its 24 hours, also when no cleanup has met it", async () => {
    const id = await user(10);
    const key = crypto.randomUUID();
    await start(id, { p_idempotency_key: key });
    await project.stack
      .sql`update public.idempotency_log set expires_at = now() where idempotency_key = ${key}`;
    const [first] = await project.stack.sql`select job_id from public.video_jobs where user_id = ${id}`;
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({ success: true, replayed: false });
    expect(await books(id)).toEqual({ balance: 2, jobs: 2, ledger: [-4, -4], keys: 1 });
    // The end of the first one is no answer to the second.
    await project.rpc("fail_generation", { p_job_id: first?.job_id, p_code: "ERR_5003", p_reason: "x" });
    expect(await start(id, { p_idempotency_key: key })).toMatchObject({ error: "request_in_flight" });
  });

  it("keeps the keys of two users apart", async () => {
    const [one, two] = [await user(10), await user(10)];
    const key = crypto.randomUUID();
    const answers = [
      await start(one, { p_idempotency_key: key }),
      await start(two, { p_idempotency_key: key, p_prompt: "another" }),
    ];
    expect(answers).toMatchObject([{ replayed: false }, { replayed: false }]);
    expect(answers[0]?.job_id).not.toBe(answers[1]?.job_id);
  });
});
