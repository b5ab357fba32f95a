import { createTestStack, type TestStack, type TestUser } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type DatabaseClient } from "../database/index.ts";
import {
  failGeneration,
  failJob,
  getJob,
  listJobs,
  listStuckJobs,
  retryJob,
  startGeneration,
} from "./index.ts";

let stack: TestStack;
let db: DatabaseClient;
let admin: TestUser;
let user: TestUser;
let modelId: string;

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  admin = await stack.createUser({ isAdmin: true });
  user = await stack.createUser({ credits: 1000 });
  const [model] = await stack.sql`
    insert into models (name, cost_per_generation, provider, provider_model_id) values ('Fox', 4, 'fal', 'fal-ai/fox') returning id`;
  modelId = model?.id;
});
afterAll(() => stack[Symbol.asyncDispose]());

async function job(): Promise<string> {
  const idempotencyKey = crypto.randomUUID();
  const order = { userId: user.id, modelId, prompt: "a fox", idempotencyKey, limits: [] };
  return (await startGeneration(db, order)).jobId;
}
async function failed(): Promise<string> {
  const jobId = await job();
  await failGeneration(db, { jobId, code: "ERR_5003", reason: "content_policy" });
  return jobId;
}
const act = () => ({ reason: "because", adminUserId: admin.id });

describe("listJobs", () => {
  it("is read page by page while jobs are added, and its cursor keeps to its query", async () => {
    const ids = [await job(), await job(), await job()].reverse();
    const query = { userId: user.id, since: new Date(Date.now() - 3_600_000) };
    const first = await listJobs(db, { ...query, limit: 2 });
    expect(first.jobs.map(({ jobId }) => jobId)).toEqual(ids.slice(0, 2));
    expect(first.jobs[0]).toMatchObject({ provider: "fal", modelName: "Fox", deliveredFree: false });
    await job();
    const second = await listJobs(db, { userId: user.id, limit: 2, cursor: first.nextCursor });
    expect(second.jobs.map(({ jobId }) => jobId)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeNull();
    for (const other of [
      { userId: admin.id },
      { userId: user.id, deleted: true },
      { status: "failed" as const },
    ])
      await expect(listJobs(db, { ...other, cursor: first.nextCursor })).rejects.toMatchObject({
        code: "ERR_4008",
      });
    for (const cursor of ["", "x", `${first.nextCursor}x`])
      await expect(listJobs(db, { ...query, cursor })).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it("refuses what cannot be meant before anything is sent", async () => {
    stack.requests.length = 0;
    for (const bad of [
      { limit: 0 },
      { status: "done" as never },
      { userId: "ada" },
      { modelId: "Fox" },
      { provider: "f a l" },
      { since: "tomorrow" },
      { since: new Date(Date.now() + 60_000) },
    ])
      await expect(listJobs(db, bad)).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(getJob(db, "4711")).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(listStuckJobs(db, { olderThanSeconds: 0 })).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(failJob(db, { jobId: "4711", ...act() })).rejects.toMatchObject({ code: "ERR_4008" });
    await expect(retryJob(db, { jobId: await Promise.resolve("4711"), ...act() })).rejects.toMatchObject({
      code: "ERR_4008",
    });
    expect(stack.requests).toEqual([]);
  });

  it("is for operators alone", async () => {
    const { url, publishableKey: key } = stack;
    const own = createDatabase({ url, key, accessToken: admin.accessToken });
    const stranger = createDatabase({ url, key, accessToken: user.accessToken });
    const jobId = await job();
    expect((await listJobs(own, { limit: 1 })).jobs).toHaveLength(1);
    for (const read of [listJobs(stranger), getJob(stranger, jobId), listStuckJobs(stranger)])
      await expect(read).rejects.toMatchObject({ code: "ERR_4006" });
  });
});

describe("listStuckJobs", () => {
  it("lists what is under way for long, whole, and its cursor keeps to its query", async () => {
    const ids = [await job(), await job()];
    for (const [at, id] of ids.entries())
      await stack.sql`update video_jobs set created_at = now() - make_interval(mins => ${200 - at}) where job_id = ${id}`;
    const first = await listStuckJobs(db, { olderThanSeconds: 3600, limit: 1 });
    expect(first.jobs).toMatchObject([{ jobId: ids[0], prompt: "a fox", settings: {}, status: "pending" }]);
    expect(first.jobs[0]?.waitingSeconds).toBeGreaterThan(11_000);
    const second = await listStuckJobs(db, { olderThanSeconds: 3600, limit: 1, cursor: first.nextCursor });
    expect(second.jobs.map(({ jobId }) => jobId)).toEqual([ids[1]]);
    await expect(listStuckJobs(db, { olderThanSeconds: 60, cursor: first.nextCursor })).rejects.toMatchObject(
      {
        code: "ERR_4008",
      },
    );
  });
});

describe("failJob and retryJob", () => {
  it("say what they did, and what they would do on a dry run", async () => {
    const jobId = await job();
    const would = await failJob(db, { jobId, ...act(), dryRun: true });
    expect(would).toMatchObject({ changed: true, actionId: null, before: "pending", creditsRefunded: 4 });
    const done = await failJob(db, { jobId, ...act() });
    expect(done).toMatchObject({ changed: true, actionId: expect.any(String), newBalance: would.newBalance });
    expect(await failJob(db, { jobId, ...act() })).toMatchObject({ changed: false, before: "failed" });

    const again = await retryJob(db, { jobId, ...act() });
    expect(again).toMatchObject({ changed: true, provider: "fal", prompt: "a fox", creditsUsed: 4 });
    const story = await getJob(db, jobId);
    expect(story).toMatchObject({
      retriedAs: again.newJobId,
      ledger: [{ change: -4 }, { change: 4 }],
      actions: [{ actionType: "job_fail" }, { actionType: "job_retry" }],
    });
    expect((await getJob(db, again.newJobId ?? "")).key).toMatchObject({ statusCode: null });
    expect(await retryJob(db, { jobId, ...act() })).toMatchObject({
      ...{ changed: false, newJobId: again.newJobId, retriedByAction: again.actionId },
    });
  });

  it("name what is refused", async () => {
    const [running, gone] = [await job(), await failed()];
    await expect(retryJob(db, { jobId: running, ...act() })).rejects.toMatchObject({
      ...{ code: "ERR_4009", reason: "job_not_failed" },
    });
    await expect(retryJob(db, { jobId: gone, ...act(), expectedCredits: 3 })).rejects.toMatchObject({
      reason: "price_changed",
    });
    await expect(failJob(db, { jobId: crypto.randomUUID(), ...act() })).rejects.toMatchObject({
      code: "ERR_4007",
    });
  });
});
