import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deleteGeneration, getGeneration, listGenerations, startGeneration } from "./index.ts";
import { openShop, type Shop } from "./testing/shop.ts";

let shop: Shop;
let userId: string;
let strangerId: string;

const jobsOfUser = 45;

beforeAll(async () => {
  shop = await openShop();
  userId = (await shop.user()).id;
  strangerId = (await shop.user()).id;
  // Several in one microsecond: the id decides.
  await shop.stack.sql`
    insert into video_jobs (user_id, model_id, prompt, status, created_at, credits_used)
    select ${userId}, ${shop.modelId}, 'A kite ' || n, case n % 3 when 0 then 'failed' else 'completed' end,
      '2026-01-01 00:00:00.123456'::timestamptz + (n / 10) * interval '1 microsecond', 4
    from generate_series(1, ${jobsOfUser}) n`;
});
afterAll(() => shop[Symbol.asyncDispose]());

async function pages(limit: number, status: "failed" | null = null): Promise<string[][]> {
  const found: string[][] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await listGenerations(shop.db, { userId, limit, cursor, status });
    expect(page.hasMore).toBe(page.nextCursor !== null);
    found.push(page.jobs.map(({ jobId }) => jobId));
    cursor = page.nextCursor;
    if (cursor === null) return found;
  }
}

describe("listGenerations", () => {
  it("gives each generation once, newest first, however long the pages are", async () => {
    const all = (await pages(100)).flat();
    expect(all.length).toBe(jobsOfUser);
    expect(new Set(all).size).toBe(jobsOfUser);
    const short = await pages(7);
    expect(short.map(({ length }) => length)).toEqual([7, 7, 7, 7, 7, 7, 3]);
    expect(short.flat()).toEqual(all);
    expect((await pages(15)).length).toBe(3);
    const rows = await shop.stack.sql`
      select job_id from video_jobs where user_id = ${userId} order by created_at desc, job_id desc`;
    expect(all).toEqual(rows.map(({ job_id }) => job_id));
  });

  it("gives 20 unless asked for more, with the user's language", async () => {
    await shop.stack.sql`update users set language = 'tr' where id = ${userId}`;
    const page = await listGenerations(shop.db, { userId });
    expect(page).toMatchObject({ jobs: { length: 20 }, hasMore: true, language: "tr" });
    expect(page.jobs[0]).toMatchObject({
      userId,
      modelName: "Kling",
      provider: "fal",
      providerModelId: "fal-ai/kling",
    });
  });

  it("filters by state, over all pages", async () => {
    expect((await pages(4, "failed")).flat().length).toBe(15);
  });

  it("has nothing for a user that there is not", async () => {
    expect(await listGenerations(shop.db, { userId: crypto.randomUUID() })).toEqual({
      ...{ jobs: [], hasMore: false, nextCursor: null, language: null },
    });
  });

  it("refuses a cursor of another user or state, a damaged one, and what cannot be meant", async () => {
    const { nextCursor: cursor } = await listGenerations(shop.db, { userId, limit: 1 });
    const wrong = [
      { userId: strangerId, cursor },
      { userId, cursor, status: "failed" as const },
      { userId, cursor: `${cursor}x` },
      { userId, cursor: "" },
      { userId, cursor: btoa('["jobs1",null]') },
      { userId, limit: 0 },
      { userId, limit: 101 },
      { userId, limit: 1.5 },
      { userId, status: "deleted" as "failed" },
      { userId: "me" },
    ];
    for (const query of wrong) {
      await expect(listGenerations(shop.db, query)).rejects.toMatchObject({ code: "ERR_4008" });
    }
  });
});

describe("getGeneration", () => {
  it("hides what is another user's, deleted, or not there", async () => {
    const [jobId = ""] = (await pages(100)).flat();
    expect((await getGeneration(shop.db, { userId, jobId })).job).toMatchObject({ jobId, userId });
    const missing = { code: "ERR_4007", reason: "job_not_found" };
    await expect(getGeneration(shop.db, { userId: strangerId, jobId })).rejects.toMatchObject(missing);
    await deleteGeneration(shop.db, { userId, jobId });
    await expect(getGeneration(shop.db, { userId, jobId })).rejects.toMatchObject(missing);
    expect((await pages(100)).flat()).not.toContain(jobId);
    await expect(getGeneration(shop.db, { userId, jobId: crypto.randomUUID() })).rejects.toMatchObject(
      missing,
    );
  });

  it("lets one of many ask the provider, and again once the time is over", async () => {
    const started = await startGeneration(shop.db, shop.order(strangerId));
    const { jobId } = started;
    const ask = (checkAfterMs: number) => getGeneration(shop.db, { userId: strangerId, jobId, checkAfterMs });
    // Nobody can be asked yet.
    expect(await ask(0)).toMatchObject({ askProvider: false, job: { status: "pending" } });
    await shop.stack
      .sql`update video_jobs set status = 'processing', provider_job_id = 'p' where job_id = ${jobId}`;
    const many = await Promise.all(Array.from({ length: 20 }, () => ask(60_000)));
    expect(many.filter(({ askProvider }) => askProvider).length).toBe(1);
    expect(await ask(0)).toMatchObject({ askProvider: true });
    expect(await getGeneration(shop.db, { userId: strangerId, jobId })).toMatchObject({ askProvider: false });
    await shop.stack.sql`update video_jobs set status = 'failed' where job_id = ${jobId}`;
    expect(await ask(0)).toMatchObject({ askProvider: false });
    await expect(ask(-1)).rejects.toMatchObject({ code: "ERR_4008" });
  });
});
