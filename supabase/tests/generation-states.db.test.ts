import { describe, expect, it } from "vitest";
import { useGeneratingProject } from "./generating.ts";

const project = useGeneratingProject();
const { user, job, rpc, books, start, isProven } = project;
const states = ["pending", "processing", "completed", "failed"] as const;
const allowed = ["pending processing", "pending failed", "processing completed", "processing failed"];
const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));

describe("the states of a job", () => {
  it.each(pairs)("from %s to %s hold for every role", async (from, to) => {
    const { sql } = project.stack;
    const id = await user(0);
    for (const role of ["postgres", "service_role"]) {
      const [row] = await sql`
        insert into public.video_jobs (user_id, model_id, prompt, status) values (${id}, ${project.modelId}, 'x', ${from}) returning job_id`;
      const change = sql.begin(async (transaction) => {
        await transaction.unsafe(`set local role ${role}`);
        await transaction`update public.video_jobs set status = ${to} where job_id = ${row?.job_id}`;
      });
      if (from === to || allowed.includes(`${from} ${to}`)) await change;
      else
        await expect(change).rejects.toMatchObject({
          code: "23514",
          message: `a job that is ${from} does not become ${to}`,
        });
    }
  });

  it("begin at pending for an app's server, which may not say what a job cost", async () => {
    const id = await user(0);
    const insert = async (more: Record<string, unknown>): Promise<number> => {
      const response = await fetch(`${project.stack.url}/rest/v1/video_jobs`, {
        method: "POST",
        headers: { apikey: project.stack.secretKey, "content-type": "application/json" },
        body: JSON.stringify({ user_id: id, model_id: project.modelId, prompt: "x", ...more }),
      });
      return response.status;
    };
    expect(await insert({ status: "completed" })).toBe(400);
    expect(await insert({ credits_used: 100 })).toBe(403);
    expect(await insert({})).toBe(201);
    expect(await insert({ status: "pending" })).toBe(201);
  });
});

describe("expire_generations", () => {
  it("fails and refunds what hangs, oldest first, in bounded batches, and answers the keys", async () => {
    const { sql } = project.stack;
    const id = await user(40);
    const keys = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const jobs: string[] = [];
    for (const key of keys) jobs.push(await job(id, { p_idempotency_key: key }));
    const young = await job(id);
    await rpc("attach_generation", { p_job_id: jobs[1], p_provider_job_id: "r" });
    for (const [age, name] of jobs.entries())
      await sql`update public.video_jobs set created_at = now() - interval '2 days' - ${age} * interval '1 hour' where job_id = ${name}`;
    const first = await rpc("expire_generations", { p_limit: 2 });
    expect(first).toMatchObject({ more: true });
    expect(first.expired).toEqual(
      [jobs[2], jobs[1]].map((name) => ({ job_id: name, user_id: id, credits_refunded: 4 })),
    );
    expect(await rpc("expire_generations", { p_limit: 2 })).toMatchObject({
      more: false,
      expired: [{ job_id: jobs[0] }],
    });
    expect(await rpc("expire_generations", {})).toMatchObject({ expired: [], more: false });
    expect(await books(id)).toMatchObject({ balance: 36, ledger: [-4, -4, -4, -4, 4, 4, 4] });
    expect(await start(id, { p_idempotency_key: keys[0] })).toMatchObject({
      status_code: 502,
      response: { error_code: "ERR_5001", reason: "generation_expired" },
    });
    const [row] = await sql`select status from public.video_jobs where job_id = ${young}`;
    expect(row?.status).toBe("pending");
  });

  it("meets deliveries and failures of the same jobs without a deadlock, and the books add up", async () => {
    const { sql } = project.stack;
    const users = await Promise.all(Array.from({ length: 6 }, () => user(100)));
    const jobs: string[] = [];
    for (let times = 0; times < 10; times += 1) for (const id of users) jobs.push(await job(id));
    await sql`update public.video_jobs set created_at = now() - interval '2 days' where job_id = any(${jobs})`;
    const shuffled = jobs.toSorted(() => Math.random() - 0.5);
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, () => rpc("expire_generations", { p_limit: 30 })),
      ...shuffled.map((id, place) =>
        place % 2 === 0
          ? rpc("complete_generation", { p_job_id: id, p_video_url: "v" })
          : rpc("fail_generation", { p_job_id: id, p_code: "ERR_5002", p_reason: "provider_unavailable" }),
      ),
    ]);
    expect(answers.filter((answer) => answer.code === "40P01")).toEqual([]);
    await rpc("expire_generations", { p_limit: 1000 });
    const [row] = await sql`
      select count(*) filter (where status = 'completed' and credits_refunded = 0 or status = 'failed' and credits_refunded = credits_used) = count(*) as settled
      from public.video_jobs where job_id = any(${jobs})`;
    expect(row?.settled).toBe(true);
    expect(await isProven()).toBe(true);
  });

  it("shares many jobs of few users with others of its kind without a deadlock", async () => {
    const { sql } = project.stack;
    const users = await Promise.all(Array.from({ length: 4 }, () => user(1000)));
    for (let round = 0; round < 3; round += 1) {
      const jobs: string[] = [];
      for (let place = 0; place < 48; place += 1) jobs.push(await job(users[(place * 7) % 4] ?? ""));
      await sql`update public.video_jobs set created_at = now() - interval '2 days' - random() * interval '1 day' where job_id = any(${jobs})`;
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => rpc("expire_generations", { p_limit: 8 })),
      );
      expect(answers.filter((answer) => answer.success !== true)).toEqual([]);
      expect(answers.flatMap((answer) => answer.expired as unknown[])).toHaveLength(48);
    }
    expect(await isProven()).toBe(true);
  });

  it("goes on past a row that cannot be changed, and names it", async () => {
    const { sql } = project.stack;
    const [rich, poor] = [await user(10), await user(10)];
    const [poison, well] = [await job(rich), await job(poor)];
    await sql`update public.video_jobs set created_at = now() - interval '3 days' where job_id = ${poison}`;
    await sql`update public.video_jobs set created_at = now() - interval '2 days' where job_id = ${well}`;
    await rpc("add_credits", { p_user_id: rich, p_amount: 2_147_483_630, p_reason: "purchase" });
    await sql`update public.users set credits_remaining = 2147483647 where id = ${rich}`;
    expect(await rpc("expire_generations", {})).toMatchObject({
      expired: [{ job_id: well, credits_refunded: 4 }],
      skipped: [{ job_id: poison, why: "integer out of range" }],
      more: false,
    });
    await sql`update public.users set credits_remaining = 2147483636 where id = ${rich}`;
    expect(await rpc("expire_generations", {})).toMatchObject({ expired: [{ job_id: poison }], skipped: [] });
    expect(await isProven()).toBe(true);
  });

  it("refuses bounds that make no sense", async () => {
    for (const bad of [{ p_older_than_seconds: 59 }, { p_older_than_seconds: null }, { p_limit: 0 }])
      expect(await rpc("expire_generations", bad)).toMatchObject({ code: "22023" });
  });
});

describe("delete_generation", () => {
  it("hides a finished job from its user once, and leaves the ledger alone", async () => {
    const owner = await project.stack.createUser({ credits: 10 });
    const one = await job(owner.id);
    const remove = () => rpc("delete_generation", { p_user_id: owner.id, p_job_id: one });
    expect(await remove()).toMatchObject({
      error: "job_not_finished",
      code: "ERR_4014",
      job_status: "pending",
    });
    await rpc("complete_generation", { p_job_id: one, p_video_url: "v" });
    expect(await remove()).toEqual({ success: true, job_id: one, changed: true });
    expect(await remove()).toEqual({ success: true, job_id: one, changed: false });
    expect(await books(owner.id)).toMatchObject({ balance: 6, ledger: [-4], jobs: 1 });
    const seen = await fetch(`${project.stack.url}/rest/v1/video_jobs?select=job_id`, {
      headers: { apikey: project.stack.publishableKey, authorization: `Bearer ${owner.accessToken}` },
    });
    expect(await seen.json()).toEqual([]);
  });

  it("finds no job of another user", async () => {
    const one = await job(await user(10));
    await rpc("fail_generation", { p_job_id: one, p_code: "ERR_5003", p_reason: "x" });
    const other = await user(0);
    for (const args of [
      { p_user_id: other, p_job_id: one },
      { p_user_id: other, p_job_id: crypto.randomUUID() },
    ])
      expect(await rpc("delete_generation", args)).toMatchObject({ error: "job_not_found" });
  });
});
