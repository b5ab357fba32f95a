import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { VidopsError } from "../errors/index.ts";
import {
  deleteGeneration,
  expireGenerations,
  type Generation,
  generate,
  getGeneration,
  settleGeneration,
  settleWebhook,
} from "./index.ts";
import { completed, createFakeProvider, type FakeProvider, failed } from "./testing/fake-provider.ts";
import { createFakeStore, type FakeStore } from "./testing/fake-store.ts";
import { openShop, type Shop } from "./testing/shop.ts";

let shop: Shop;
let fal: FakeProvider;
let store: FakeStore;
let userId: string;
let job: Generation;

const url = "https://v3.fal.media/files/kite.mp4";
const paid = { balance: 8, ledger: [12, -4], proven: true };
const refunded = { balance: 12, ledger: [12, -4, 4], proven: true };

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  [fal, store] = [createFakeProvider(), createFakeStore()];
  userId = (await shop.user(12)).id;
  shop.stack.faults.clear();
  job = await ordered();
});

const settling = () => ({ db: shop.db, providers: { fal }, store });
const path = () => `${userId}/${job.jobId}.mp4`;
const jobOf = (books: Awaited<ReturnType<Shop["books"]>>) => books.jobs[0];

async function ordered(): Promise<Generation> {
  const { answer } = await generate(shop.order(userId), { db: shop.db, providers: { fal }, log: vi.fn() });
  return await read(answer.jobId);
}

async function read(jobId: string = job.jobId): Promise<Generation> {
  return (await getGeneration(shop.db, { userId, jobId })).job;
}

const idOf = ({ providerJobId }: Generation): string => providerJobId ?? "";

describe("settleGeneration", () => {
  it("says how far a job is, and changes nothing", async () => {
    expect(await settleGeneration(job, settling())).toEqual({
      ...{ outcome: "running", jobId: job.jobId, userId, progress: 0.5, position: null },
    });
    expect(await read()).toEqual(job);
  });

  it("keeps the video in the store before the job says that it has one", async () => {
    fal.end(idOf(job), completed(url));
    expect(await settleGeneration(job, settling())).toEqual({
      ...{ outcome: "completed", jobId: job.jobId, userId, changed: true, late: false },
    });
    expect(store.saved).toMatchObject([{ userId, jobId: job.jobId, url }]);
    expect(await read()).toMatchObject({ status: "completed", videoUrl: path(), creditsRefunded: 0 });
    expect(await shop.books(userId)).toMatchObject(paid);
  });

  it("stores the provider's own URL where there is no store", async () => {
    fal.end(idOf(job), completed(url));
    await settleGeneration(job, { ...settling(), store: null });
    expect(await read()).toMatchObject({ status: "completed", videoUrl: url });
  });

  it("fails and refunds a job once, with the provider's reason, whoever asks how often", async () => {
    fal.end(idOf(job), failed());
    const all = await Promise.all(Array.from({ length: 5 }, () => settleGeneration(job, settling())));
    expect(all.filter(({ outcome }) => outcome === "failed").length).toBe(5);
    expect(all.filter((each) => each.outcome === "failed" && each.changed)).toMatchObject([
      { creditsRefunded: 4, code: "ERR_5003", reason: "content_policy" },
    ]);
    expect(await read()).toMatchObject({
      status: "failed",
      errorCode: "ERR_5003",
      errorReason: "content_policy",
    });
    expect(await shop.books(userId)).toMatchObject(refunded);
  });

  it("completes a job once for many who settle it at once", async () => {
    fal.end(idOf(job), completed(url));
    const all = await Promise.all(Array.from({ length: 5 }, () => settleGeneration(job, settling())));
    expect(all.every(({ outcome }) => outcome === "completed")).toBe(true);
    expect(all.filter((each) => each.outcome === "completed" && each.changed).length).toBe(1);
    expect(await shop.books(userId)).toMatchObject(paid);
  });

  it("leaves the job as it is where the store fails, so that the next one who asks may succeed", async () => {
    fal.end(idOf(job), completed(url));
    store.failing = 1;
    await expect(settleGeneration(job, settling())).rejects.toMatchObject({ code: "ERR_6002" });
    expect(await read()).toEqual(job);
    expect(await settleGeneration(job, settling())).toMatchObject({ outcome: "completed", changed: true });
  });

  it.each<[string, Record<string, unknown>, boolean, number]>([
    ["is too large", { reason: "video_too_large" }, true, 0],
    ["is no video", { reason: "not_a_video" }, true, 0],
    ["is not there yet", { reason: "video_unavailable", details: { status: 404 } }, false, 0],
    ["is not there after an hour", { reason: "video_unavailable", details: { status: 404 } }, true, 2],
    ["breaks off after an hour", { reason: "video_unavailable", details: {} }, false, 2],
    ["may not be fetched", { reason: "video_url_refused" }, false, 0],
    ["may not be fetched after an hour", { reason: "video_url_refused" }, true, 2],
  ])(
    "gives the credits back for a video that %s, where no later attempt can have it",
    async (_, fault, lost, hours) => {
      fal.end(idOf(job), completed(url));
      const broken: FakeStore = {
        ...store,
        save: () =>
          Promise.reject(new VidopsError({ code: "ERR_5002", reason: "", message: "No.", ...fault })),
      };
      const createdAt = new Date(Date.now() - hours * 3_600_000).toISOString();
      const settled = settleGeneration({ ...job, createdAt }, { ...settling(), store: broken });
      if (lost)
        await expect(settled).resolves.toMatchObject({
          outcome: "failed",
          changed: true,
          reason: fault.reason,
        });
      else await expect(settled).rejects.toMatchObject(fault);
      expect(await shop.books(userId)).toMatchObject(lost ? refunded : paid);
    },
  );

  it("does not believe that a job failed because the provider does not know it", async () => {
    fal.jobs.clear();
    await expect(settleGeneration(job, settling())).rejects.toMatchObject({ reason: "job_not_found" });
    expect(await read()).toEqual(job);
  });

  it("asks nobody about a job that has its video, or that no provider has", async () => {
    fal.end(idOf(job), completed(url));
    await settleGeneration(job, settling());
    fal.faults.push("lose_request");
    const lost = await ordered();
    fal.asked.length = 0;
    expect(await settleGeneration(await read(), settling())).toMatchObject({
      outcome: "completed",
      changed: false,
    });
    expect(await settleGeneration(lost, settling())).toMatchObject({
      outcome: "unknown",
      reason: "no_provider_job",
    });
    expect(await settleGeneration(job, { ...settling(), providers: {} })).toMatchObject({
      reason: "provider_not_configured",
    });
    expect(fal.asked).toEqual([]);
  });

  it("delivers a video free that comes after the job was given up and refunded, once", async () => {
    await shop.age(7_200, job.jobId);
    const { expired } = await expireGenerations(shop.db, { olderThanSeconds: 3_600 });
    expect(expired).toEqual([{ jobId: job.jobId, userId, creditsRefunded: 4 }]);
    fal.end(idOf(job), completed(url));
    expect(await settleGeneration(await read(), settling())).toMatchObject({ changed: true, late: true });
    expect(await settleGeneration(await read(), settling())).toMatchObject({ changed: false, late: true });
    const books = await shop.books(userId);
    expect(books).toMatchObject(refunded);
    expect(jobOf(books)).toEqual({ status: "failed", credits_refunded: 4, video_url: path(), late: true });
  });
});

describe("settleWebhook", () => {
  it("believes a genuine webhook of the job's own id, without asking the provider, and a repeat changes nothing", async () => {
    const event = fal.event(idOf(job), completed(url));
    expect(await settleWebhook(event, job.jobId, settling())).toMatchObject({
      outcome: "completed",
      changed: true,
    });
    expect(await settleWebhook(event, job.jobId, settling())).toMatchObject({
      outcome: "completed",
      changed: false,
    });
    expect(store.saved.length).toBe(1);
    expect(fal.asked).toEqual([]);
    expect(await read()).toMatchObject({ status: "completed", videoUrl: path() });
  });

  it("asks the provider where the webhook does not say how the job ended", async () => {
    fal.end(idOf(job), failed());
    const settled = await settleWebhook(fal.event(idOf(job), null), job.jobId, settling());
    expect(settled).toMatchObject({ outcome: "failed", creditsRefunded: 4 });
    expect(fal.asked).toEqual([idOf(job)]);
  });

  it("does not take a video back where a failure comes after it", async () => {
    await settleWebhook(fal.event(idOf(job), completed(url)), job.jobId, settling());
    expect(await settleWebhook(fal.event(idOf(job), failed()), job.jobId, settling())).toMatchObject({
      outcome: "completed",
      changed: false,
    });
    expect(await shop.books(userId)).toMatchObject(paid);
  });

  it("delivers free what comes after a failure, and refunds no second time", async () => {
    await settleWebhook(fal.event(idOf(job), failed()), job.jobId, settling());
    expect(await settleWebhook(fal.event(idOf(job), completed(url)), job.jobId, settling())).toMatchObject({
      outcome: "completed",
      late: true,
    });
    const books = await shop.books(userId);
    expect(books).toMatchObject(refunded);
    expect(jobOf(books)).toMatchObject({ status: "failed", late: true, video_url: path() });
  });

  it("learns the id of a job whose answer was lost, after the provider confirmed it, and believes its word, not the webhook's", async () => {
    fal.faults.push("lose_answer");
    const lost = await ordered();
    const id = [...fal.jobs.keys()].at(-1) as string;
    fal.end(id, completed("https://v3.fal.media/files/true.mp4"));
    // After a retry at the provider one of the ids is unknown to it.
    const event = fal.event(id, completed("https://evil.example/false.mp4"), ["attempt-1", id]);
    expect(await settleWebhook(event, lost.jobId, settling())).toMatchObject({
      outcome: "completed",
      changed: true,
    });
    expect(fal.asked).toEqual(["attempt-1", id]);
    expect(store.saved).toMatchObject([{ jobId: lost.jobId, url: "https://v3.fal.media/files/true.mp4" }]);
    expect(await read(lost.jobId)).toMatchObject({ status: "completed", providerJobId: id });
  });

  it("comes before the answer of the submit without harm", async () => {
    const { submit } = fal;
    let early: unknown;
    fal.submit = async (request) => {
      const taken = await submit(request);
      fal.end(taken.job.id, completed(url));
      const [row] = await shop.stack
        .sql`select job_id from video_jobs where provider_job_id is null and user_id = ${userId}`;
      early = await settleWebhook(fal.event(taken.job.id, completed(url)), row?.job_id, settling());
      return taken;
    };
    const second = await ordered();
    expect(early).toMatchObject({ outcome: "completed", changed: true });
    expect(second).toMatchObject({ status: "completed", videoUrl: `${userId}/${second.jobId}.mp4` });
    expect(await shop.books(userId)).toMatchObject({ balance: 4, ledger: [12, -4, -4], proven: true });
  });

  it("refuses a webhook of another job that is sent to this one's address", async () => {
    const other = await ordered();
    const mismatch = { code: "ERR_4009", reason: "provider_job_mismatch" };
    const foreign = fal.event(idOf(other), completed(url));
    await expect(settleWebhook(foreign, job.jobId, settling())).rejects.toMatchObject(mismatch);
    fal.faults.push("lose_request");
    const lost = await ordered();
    await expect(settleWebhook(foreign, lost.jobId, settling())).rejects.toMatchObject(mismatch);
    const runway = { ...foreign, provider: "runway" as const, jobIds: [idOf(job)] };
    await expect(settleWebhook(runway, job.jobId, settling())).rejects.toMatchObject(mismatch);
    expect(store.saved).toEqual([]);
    expect(await read()).toEqual(job);
    expect(await read(lost.jobId)).toEqual(lost);
  });

  it("takes no id that the provider does not know by our key", async () => {
    fal.faults.push("lose_request");
    const lost = await ordered();
    const event = fal.event("of-another-customer", completed(url));
    await expect(settleWebhook(event, lost.jobId, settling())).rejects.toMatchObject({
      reason: "job_not_found",
    });
    expect(await read(lost.jobId)).toEqual(lost);
  });

  it("does not know a job that there is not", async () => {
    const event = fal.event(idOf(job), completed(url));
    await expect(settleWebhook(event, crypto.randomUUID(), settling())).rejects.toMatchObject({
      code: "ERR_4007",
    });
    await expect(settleWebhook(event, "1 or 1=1", settling())).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it("copies nothing for a job that its user deleted", async () => {
    await settleWebhook(fal.event(idOf(job), failed()), job.jobId, settling());
    await deleteGeneration(shop.db, { userId, jobId: job.jobId });
    const settled = await settleWebhook(fal.event(idOf(job), completed(url)), job.jobId, settling());
    expect(settled).toMatchObject({ outcome: "unknown", reason: "deleted" });
    expect(store.saved).toEqual([]);
  });
});
