import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { getModel, listModels, type ModelQuery } from "./index.ts";

let stack: TestStack;
let db: Database;
let userId: string;
let userToken: string;
let adminToken: string;

const day = 86_400_000;
const until = new Date(Math.floor(Date.now() / day) * day);
const since = new Date(until.getTime() - 7 * day);

beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  const user = await stack.createUser();
  [userId, userToken] = [user.id, user.accessToken];
  adminToken = (await stack.createUser({ isAdmin: true })).accessToken;
});
afterAll(() => stack[Symbol.asyncDispose]());

beforeEach(async () => {
  await stack.sql`delete from video_jobs`;
  await stack.sql`delete from models`;
});

async function model(name: string, columns: Record<string, unknown> = {}): Promise<string> {
  const row = { name, cost_per_generation: 5, provider: "fal", provider_model_id: "fal/x", ...columns };
  const [made] = await stack.sql`insert into models ${stack.sql(row)} returning id`;
  return made?.id;
}

/** A job that was started so long before `until`. */
async function job(
  modelId: string,
  agoMs: number,
  columns: { status?: string; credits_used?: number; credits_refunded?: number } = {},
): Promise<void> {
  const row = {
    ...{ user_id: userId, model_id: modelId, status: "completed", credits_used: 5 },
    ...{ created_at: new Date(until.getTime() - agoMs), ...columns },
  };
  await stack.sql`insert into video_jobs ${stack.sql(row)}`;
}

const names = async (query: ModelQuery): Promise<string[]> =>
  (await listModels(db, query)).models.map(({ name }) => name);

describe("listModels", () => {
  it("tells price, availability and last use, and counts nothing unless a period is given", async () => {
    const id = await model("Kling 2.1", { category: "text_to_video", is_featured: true });
    await job(id, 3 * day);
    expect(await listModels(db)).toEqual({
      ...{ since: null, until: null, slotSeconds: null, nextCursor: null },
      models: [
        {
          ...{ id, name: "Kling 2.1", category: "text_to_video", costPerGeneration: 5, provider: "fal" },
          ...{ providerModelId: "fal/x", isFeatured: true, isAvailable: true, usage: null },
          createdAt: expect.stringMatching(/Z$/),
          lastJobAt: new Date(until.getTime() - 3 * day).toISOString(),
        },
      ],
    });
  });

  it("counts the jobs of a period by day: from its start on, before its end", async () => {
    const id = await model("Kling");
    await model("Unused");
    await job(id, 7 * day);
    await job(id, 7 * day + 1);
    await job(id, 0);
    await job(id, 1);
    await job(id, day, { status: "failed", credits_refunded: 5 });
    await job(id, day + 1, { status: "processing", credits_refunded: 2 });
    await job(id, 2 * day, { status: "failed", credits_used: 0 });
    const page = await listModels(db, { since, until });
    expect(page).toMatchObject({
      slotSeconds: 86_400,
      since: since.toISOString(),
      until: until.toISOString(),
    });
    expect(page.models.map(({ usage }) => usage)).toEqual([
      {
        ...{ jobs: 5, completed: 2, failed: 2, credits: 20, refunded: 7, refundedJobs: 2 },
        slots: {
          jobs: [1, 0, 0, 0, 0, 2, 2],
          failed: [0, 0, 0, 0, 0, 1, 1],
          credits: [5, 0, 0, 0, 0, 5, 10],
          refunded: [0, 0, 0, 0, 0, 2, 5],
        },
      },
      {
        ...{ jobs: 0, completed: 0, failed: 0, credits: 0, refunded: 0, refundedJobs: 0 },
        slots: {
          ...{ jobs: Array(7).fill(0), failed: Array(7).fill(0) },
          ...{ credits: Array(7).fill(0), refunded: Array(7).fill(0) },
        },
      },
    ]);
  });

  it("counts by hour within two days; what is over stands in the oldest slot", async () => {
    const id = await model("Kling");
    await job(id, 90 * 60_000);
    const [found] = (await listModels(db, { since: new Date(until.getTime() - 90 * 60_000), until })).models;
    expect(found?.usage?.slots.jobs).toEqual([1, 0]);
    const almost = await listModels(db, { since: new Date(until.getTime() - 3_600_000 - 60_000), until });
    expect(almost.models[0]?.usage?.slots.jobs).toEqual([0]);
    await job(id, 3_600_000 + 30_000);
    const over = await listModels(db, { since: new Date(until.getTime() - 3_600_000 - 60_000), until });
    expect(over.models[0]?.usage).toMatchObject({ jobs: 1, slots: { jobs: [1] } });
    await job(id, 5 * 60_000);
    const odd = await listModels(db, { since: new Date(until.getTime() - 2.5 * day), until });
    expect(odd).toMatchObject({ slotSeconds: 86_400, models: [{ usage: { slots: { jobs: [0, 0, 3] } } }] });
  });

  it("filters by part of the name, in which wildcards are letters, and by each column", async () => {
    await model("Kling 100% Pro", { provider: "runway", is_available: false });
    await model("kling std", { category: "image_to_video" });
    await model("Veo", { is_featured: true });
    expect(await names({ name: "KLING" })).toEqual(["Kling 100% Pro", "kling std"]);
    expect(await names({ name: "100%" })).toEqual(["Kling 100% Pro"]);
    expect(await names({ name: "k_ing" })).toEqual([]);
    expect(await names({ provider: "runway" })).toEqual(["Kling 100% Pro"]);
    expect(await names({ category: "image_to_video" })).toEqual(["kling std"]);
    expect(await names({ available: false })).toEqual(["Kling 100% Pro"]);
    expect(await names({ available: true, featured: false })).toEqual(["kling std"]);
    expect(await names({ featured: true })).toEqual(["Veo"]);
  });

  it("pages by name and id, each model once, also those of one name and of 10 kB", async () => {
    for (const name of ["b", "A", "B", "a", "c".repeat(10_000), "a"]) await model(name);
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page = await listModels(db, { limit: 2, since, cursor });
      seen.push(...page.models.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== null);
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(6);
    expect(seen).toEqual((await listModels(db)).models.map(({ id }) => id));
  });

  it("counts to the same moment on all pages, and refuses a cursor of another query", async () => {
    for (const name of ["a", "b"]) await model(name);
    const first = await listModels(db, { limit: 1, since });
    const second = await listModels(db, { limit: 1, cursor: first.nextCursor });
    expect(second).toMatchObject({ since: first.since, until: first.until, models: [{ name: "b" }] });
    const refused = { code: "ERR_4008", details: { field: "cursor" } };
    await expect(listModels(db, { cursor: first.nextCursor, available: true })).rejects.toMatchObject(
      refused,
    );
    await expect(listModels(db, { cursor: "x" })).rejects.toMatchObject(refused);
    await stack.sql`delete from models where name = 'a'`;
    await expect(listModels(db, { cursor: first.nextCursor })).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it.each([
    [{ limit: 0 }, "limit"],
    [{ limit: -1 }, "limit"],
    [{ limit: 1001 }, "limit"],
    [{ name: " " }, "name"],
    [{ provider: "x".repeat(201) }, "provider"],
    [{ until: new Date() }, "until"],
    [{ since: new Date(Date.now() + day) }, "since"],
    [{ since: new Date(Date.now() - 93 * day) }, "since"],
  ])("refuses %j before anything is sent", async (query, field) => {
    stack.requests.length = 0;
    await expect(listModels(db, query)).rejects.toMatchObject({ code: "ERR_4008", details: { field } });
    expect(stack.requests).toEqual([]);
  });

  it("is for ops only, as getModel is", async () => {
    const open = (accessToken: string): Database =>
      createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await model("Kling");
    expect((await listModels(open(adminToken))).models).toHaveLength(1);
    await expect(listModels(open(userToken))).rejects.toMatchObject({ code: "ERR_4006" });
    await expect(getModel(open(userToken), "Kling")).rejects.toMatchObject({ code: "ERR_4006" });
  });
});

describe("getModel", () => {
  it("finds by id and by the whole name in any case, with its use", async () => {
    const id = await model("Kling 2.1", { description: "cats", thumbnail_url: "https://x.example/k.png" });
    await job(id, day);
    const found = await getModel(db, id);
    expect(found).toMatchObject({
      id,
      description: "cats",
      thumbnailUrl: "https://x.example/k.png",
      usage: null,
    });
    for (const name of [id.toUpperCase(), " kling 2.1 ", "KLING 2.1"])
      expect(await getModel(db, name)).toEqual(found);
    expect(await getModel(db, id, { since, until })).toMatchObject({
      usage: { jobs: 1 },
      slotSeconds: 86_400,
    });
  });

  it("says which models have it as part of the name, and which share it", async () => {
    const [pro, std] = [await model("Kling Pro"), await model("kling std")];
    await expect(getModel(db, "kling")).rejects.toMatchObject({
      ...{ code: "ERR_4007", reason: "model_not_found" },
      details: { candidates: [{ id: pro, name: "Kling Pro" }, { id: std }] },
    });
    await expect(getModel(db, "00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({
      ...{ reason: "model_not_found", details: { candidates: [] } },
    });
    const twin = await model("KLING PRO");
    await expect(getModel(db, "kling pro")).rejects.toMatchObject({
      ...{ code: "ERR_4009", reason: "ambiguous_model" },
      details: { candidates: expect.arrayContaining([expect.objectContaining({ id: twin })]) },
    });
    expect(await getModel(db, twin)).toMatchObject({ name: "KLING PRO" });
  });

  it.each([" ", "a\0b", "\ud800"])("refuses %j", async (name) => {
    await expect(getModel(db, name)).rejects.toMatchObject({ code: "ERR_4008", details: { field: "model" } });
  });
});
