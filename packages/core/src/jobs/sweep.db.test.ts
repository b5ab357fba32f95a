import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  attachGeneration,
  type GenerationOrder,
  generate,
  type Sweeping,
  startGeneration,
  submitGeneration,
  sweepGenerations,
} from "./index.ts";
import { completed, createFakeProvider, type FakeProvider, failed } from "./testing/fake-provider.ts";
import { createFakeStore, type FakeStore } from "./testing/fake-store.ts";
import { openShop, type Shop } from "./testing/shop.ts";

let shop: Shop;
let fal: FakeProvider;
let store: FakeStore;
let userId: string;
const log = vi.fn();

const url = "https://v3.fal.media/files/kite.mp4";
const paid = { balance: 8, ledger: [12, -4], proven: true };
const refunded = { balance: 12, ledger: [12, -4, 4], proven: true };

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  // What the test before left open is none of this one's.
  await shop.stack.sql`update video_jobs set status = 'failed' where status in ('pending', 'processing')`;
  [fal, store] = [createFakeProvider(), createFakeStore()];
  userId = (await shop.user(12)).id;
  log.mockClear();
});

const sweep = (more: Partial<Sweeping> = {}) =>
  sweepGenerations({ db: shop.db, providers: { fal }, store, log, ...more });
const run = async (order: GenerationOrder = shop.order(userId)) =>
  (await generate(order, { db: shop.db, providers: { fal }, log })).answer.jobId;
const lastId = () => [...fal.jobs.keys()].at(-1) as string;

/** Each step of a generation after which the process may end, and what is true then. */
const crashes: Record<string, () => Promise<void>> = {
  "after the charge": async () => void (await startGeneration(shop.db, shop.order(userId))),
  "while the provider refuses": async () => {
    const job = await startGeneration(shop.db, shop.order(userId));
    fal.faults.push("refuse");
    if (!job.replayed) await fal.submit({ model: job.providerModelId, prompt: "A red kite" }).catch(() => {});
  },
  "after the provider took it": async () => {
    const job = await startGeneration(shop.db, shop.order(userId));
    if (!job.replayed) await fal.submit({ model: job.providerModelId, prompt: "A red kite" });
  },
  "after its id was noted": async () => void (await run()),
  "after the video was copied": async () => {
    const jobId = await run();
    await store.save({ userId, jobId, url });
  },
};

describe("sweepGenerations", () => {
  it.each(Object.entries(crashes))(
    "settles a job whose process ended %s: video and charge, or neither",
    async (_, crash) => {
      await crash();
      await shop.age(1_000);
      for (const id of fal.jobs.keys()) fal.end(id, completed(url));
      await sweep();
      const books = await shop.books(userId);
      const isTaken = fal.jobs.size > 0;
      expect(books).toMatchObject(isTaken ? paid : refunded);
      expect(books.jobs).toMatchObject([{ status: isTaken ? "completed" : "failed", late: false }]);
      // Nothing is left to do.
      expect(await sweep()).toEqual([]);
    },
  );

  it("refunds what failed at the provider, and leaves what runs or is young", async () => {
    const [bad, running] = [await run(), await run()];
    await shop.age(1_000);
    const young = await run();
    fal.end([...fal.jobs.keys()].at(-3) as string, failed());
    const swept = await sweep();
    expect(swept.map(({ jobId, outcome }) => [jobId, outcome])).toEqual(
      expect.arrayContaining([
        [bad, "failed"],
        [running, "running"],
      ]),
    );
    expect(swept.map(({ jobId }) => jobId)).not.toContain(young);
    expect(await shop.books(userId)).toMatchObject({ balance: 4, ledger: [12, -4, -4, -4, 4], proven: true });
  });

  it("leaves the jobs of a server that was there before", async () => {
    await shop.stack.sql`
      insert into video_jobs (user_id, model_id, prompt, created_at)
      values (${userId}, ${shop.modelId}, 'A red kite', now() - interval '2 days')`;
    expect(await sweep()).toEqual([]);
  });

  it("waits before it gives up what no provider is known to have", async () => {
    fal.faults.push("lose_request");
    const jobId = await run();
    await shop.age(600);
    expect(await sweep()).toMatchObject([{ jobId, outcome: "unknown", reason: "no_provider_job" }]);
    await shop.age(400);
    expect(await sweep()).toMatchObject([
      { jobId, outcome: "failed", reason: "submit_lost", creditsRefunded: 4 },
    ]);
    await expect(sweep({ giveUpAfterSeconds: 60 })).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it("gives no job of one order to another that looks alike", async () => {
    const taken = await run();
    const id = lastId();
    fal.faults.push("lose_request");
    const lost = await run();
    await shop.age(1_000);
    const swept = await sweep();
    expect(swept.find(({ jobId }) => jobId === lost)).toMatchObject({
      outcome: "failed",
      reason: "submit_lost",
    });
    expect(swept.find(({ jobId }) => jobId === taken)).toMatchObject({ outcome: "running" });
    const ids = await shop.stack
      .sql`select provider_job_id as id from video_jobs where user_id = ${userId} order by 1`;
    expect(ids.map((row) => row.id)).toEqual([id, null]);
  });

  it("gives the one job of two lost orders that look alike to one of them, and refunds the other", async () => {
    fal.faults.push("lose_answer", "lose_request");
    await run();
    await run();
    await shop.age(1_000);
    // While both search, nobody can tell whose it is: one is given up, then the other one finds it.
    const swept = await sweep({ concurrency: 1 });
    expect(swept.map(({ outcome }) => outcome)).toEqual(["failed", "running"]);
    expect(await shop.books(userId)).toMatchObject({ balance: 8, ledger: [12, -4, -4, 4], proven: true });
  });

  it("does not guess which of two jobs is whose, and refunds both orders", async () => {
    fal.faults.push("lose_answer", "lose_answer");
    await run();
    await run();
    await shop.age(1_000);
    expect((await sweep()).map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(await shop.books(userId)).toMatchObject({ balance: 12, proven: true });
  });

  it("leaves a job as it is whose provider does not answer, says so, and goes on with the others", async () => {
    const [first, second] = [await run(), await run()];
    const [broken, fine] = [...fal.jobs.keys()].slice(-2) as [string, string];
    await shop.age(1_000);
    fal.jobs.delete(broken);
    fal.end(fine, completed(url));
    const swept = await sweep();
    expect(swept.find(({ jobId }) => jobId === first)).toMatchObject({
      outcome: "error",
      error: { reason: "job_not_found" },
    });
    expect(swept.find(({ jobId }) => jobId === second)).toMatchObject({ outcome: "completed" });
    expect(log).toHaveBeenCalledWith(
      "generation_not_settled",
      expect.objectContaining({ job_id: first }),
      "warn",
    );
  });

  it.each<[string, () => void]>([
    ["still runs", () => {}],
    ["cannot be asked after", () => fal.jobs.clear()],
  ])("gives a job back after a day that %s, once", async (_, happen) => {
    await run();
    happen();
    await shop.age(86_000);
    expect((await sweep()).map(({ outcome }) => outcome)).not.toContain("failed");
    expect(await shop.books(userId)).toMatchObject(paid);
    await shop.age(500);
    // The sweep before has only just asked.
    await shop.stack.sql`update video_jobs set provider_checked_at = null`;
    expect(await sweep()).toMatchObject([
      { outcome: "failed", code: "ERR_5001", reason: "generation_expired" },
    ]);
    expect(await shop.books(userId)).toMatchObject(refunded);
    expect(await sweep()).toEqual([]);
  });

  it("shares the questions with a sweep beside it", async () => {
    for (let i = 0; i < 2; i += 1) await run();
    await shop.age(1_000);
    await Promise.all([sweep(), sweep(), sweep()]);
    expect(fal.asked.length).toBe(2);
  });

  it("begins with those that nobody asked about for longest, and tells of each as it is done", async () => {
    const ids = [await run(), await run()];
    await shop.age(1_000);
    const told: string[] = [];
    const one = { limit: 1, onProgress: ({ jobId }: { jobId: string }) => told.push(jobId) };
    await sweep(one);
    await sweep(one);
    expect(told.toSorted()).toEqual(ids.toSorted());
  });

  it("begins no other job once it is aborted", async () => {
    for (let i = 0; i < 3; i += 1) await run();
    await shop.age(1_000);
    const controller = new AbortController();
    const swept = await sweep({
      concurrency: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(swept.length).toBe(1);
  });

  it("has nothing to do for a job that was submitted by hand, whose other id is refused", async () => {
    const job = await startGeneration(shop.db, shop.order(userId));
    if (job.replayed) throw new Error("It is new.");
    const answer = await submitGeneration(
      { ...job, prompt: "A red kite" },
      { db: shop.db, providers: { fal }, log },
    );
    expect(answer.status).toBe("processing");
    await expect(
      attachGeneration(shop.db, { jobId: job.jobId, providerJobId: "another" }),
    ).rejects.toMatchObject({ reason: "provider_job_mismatch", details: { provider_job_id: lastId() } });
  });
});
