import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type GenerationOrder, generate, startGeneration } from "./index.ts";
import { createFakeProvider } from "./testing/fake-provider.ts";
import { openShop, type Shop } from "./testing/shop.ts";

let shop: Shop;
let userId: string;
const log = vi.fn();

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  shop.fal = createFakeProvider();
  userId = (await shop.user()).id;
  shop.stack.faults.clear();
  shop.stack.requests.length = 0;
  log.mockClear();
});

const run = (order: GenerationOrder) => generate(order, { db: shop.db, providers: { fal: shop.fal }, log });
const paths = () => shop.stack.requests.map(({ path }) => path.replace("/rest/v1/rpc/", ""));
const charged = { balance: 6, ledger: [10, -4], proven: true };
const refunded = { balance: 10, ledger: [10, -4, 4], proven: true };
const job = { credits_refunded: 0, video_url: null, late: false };

describe("generate", () => {
  it("charges, calls the provider and notes it, with one request to the database before and one after", async () => {
    const order = shop.order(userId, {
      settings: { duration: 5 },
      imageUrl: "https://example.com/kite.png",
    });
    const { answer, replayed, limits } = await run(order);
    expect({ answer, replayed, limits }).toEqual({
      answer: { jobId: expect.any(String), status: "processing", creditsUsed: 4, creditsRemaining: 6 },
      replayed: false,
      limits: null,
    });
    expect(paths()).toEqual(["start_generation", "attach_generation"]);
    expect(shop.fal.submitted).toEqual([
      {
        ...{ model: "fal-ai/kling", prompt: "A red kite", settings: { duration: 5 } },
        ...{ imageUrl: "https://example.com/kite.png", webhookUrl: undefined },
      },
    ]);
    expect(await shop.books(userId)).toEqual({ ...charged, jobs: [{ ...job, status: "processing" }] });
  });

  it("gives the provider the address of its webhook, with the job in it, and leaves out one that is not https", async () => {
    const { db, fal } = shop;
    const at = (origin: string) =>
      generate(shop.order(userId), {
        ...{ db, providers: { fal }, log },
        webhookUrl: ({ jobId, provider }) => `${origin}/hook?provider=${provider}&job=${jobId}`,
      });
    const { answer } = await at("https://abc.supabase.co");
    await at("http://127.0.0.1:54321");
    expect(fal.submitted.map(({ webhookUrl }) => webhookUrl)).toEqual([
      `https://abc.supabase.co/hook?provider=fal&job=${answer.jobId}`,
      undefined,
    ]);
  });

  it("answers a repeat from what is stored, with one request, and another order with its key not at all", async () => {
    const order = shop.order(userId);
    const first = await run(order);
    shop.stack.requests.length = 0;
    expect(await run(order)).toEqual({ answer: first.answer, replayed: true, limits: null });
    expect(paths()).toEqual(["start_generation"]);
    for (const other of [
      { prompt: "A blue kite" },
      { settings: { a: 1 } },
      { imageUrl: "https://example.com/a.png" },
    ]) {
      await expect(run({ ...order, ...other })).rejects.toMatchObject({
        code: "ERR_4010",
        reason: "idempotency_key_reused",
      });
    }
    expect(shop.fal.submitted.length).toBe(1);
    expect(await shop.books(userId)).toMatchObject(charged);
  });

  it("makes one job of 20 orders at once with one key; the others are told that it is under way, or its answer", async () => {
    const order = shop.order(userId);
    const settled = await Promise.allSettled(Array.from({ length: 20 }, () => run(order)));
    const answers = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const refusals = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(answers.filter(({ replayed }) => !replayed).length).toBe(1);
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    for (const error of refusals) expect(error).toMatchObject({ reason: "request_in_flight" });
    expect(shop.fal.submitted.length).toBe(1);
    expect(await shop.books(userId)).toMatchObject(charged);
  });

  it("calls the provider once for 10 orders at once with credits for one", async () => {
    const { id } = await shop.user(4);
    const settled = await Promise.allSettled(Array.from({ length: 10 }, () => run(shop.order(id))));
    expect(settled.filter(({ status }) => status === "fulfilled").length).toBe(1);
    expect(shop.fal.submitted.length).toBe(1);
    expect(await shop.books(id)).toMatchObject({ balance: 0, ledger: [4, -4], proven: true });
  });

  it("gives the credits back where the provider refuses, and says the same for the same key", async () => {
    shop.fal.faults.push("refuse");
    const order = shop.order(userId);
    const error = {
      code: "ERR_5003",
      reason: "content_policy",
      details: { status: "failed", credits_used: 4, credits_remaining: 10, job_id: expect.any(String) },
    };
    await expect(run(order)).rejects.toMatchObject({
      ...error,
      details: { ...error.details, replayed: false },
    });
    await expect(run(order)).rejects.toMatchObject({
      ...error,
      details: { ...error.details, replayed: true },
    });
    expect(shop.fal.submitted.length).toBe(1);
    expect(await shop.books(userId)).toEqual({
      ...refunded,
      jobs: [{ ...job, status: "failed", credits_refunded: 4 }],
    });
  });

  it("gives the credits back where the model's provider is not set up, and charges nothing where none is", async () => {
    const { db, fal } = shop;
    const failure = { code: "ERR_5002", reason: "provider_not_configured" };
    await expect(generate(shop.order(userId), { db, providers: { runway: fal }, log })).rejects.toMatchObject(
      failure,
    );
    expect(await shop.books(userId)).toMatchObject(refunded);
    shop.stack.requests.length = 0;
    await expect(generate(shop.order(userId), { db, providers: {}, log })).rejects.toMatchObject(failure);
    expect(paths()).toEqual([]);
  });

  it.each(["lose_answer", "lose_request", "crash"] as const)(
    "keeps the job pending and charged where nobody knows whether the provider has it (%s)",
    async (fault) => {
      shop.fal.faults.push(fault);
      const { answer } = await run(shop.order(userId));
      expect(answer).toMatchObject({ status: "pending", creditsRemaining: 6 });
      expect(log).toHaveBeenCalledWith(
        "generation_outcome_unknown",
        expect.objectContaining({ job_id: answer.jobId, provider: "fal" }),
        "warn",
      );
      expect(await shop.books(userId)).toEqual({ ...charged, jobs: [{ ...job, status: "pending" }] });
    },
  );

  it("asks again where the answer of the start is lost, and goes on, with one job and one call of the provider", async () => {
    // The request arrives, its answer does not: the second one is known by its attempt.
    shop.stack.faults.next({ path: "/rest/v1/rpc/start_generation", kind: "cut-after-forward", times: 1 });
    await expect(run(shop.order(userId))).resolves.toMatchObject({
      replayed: false,
      answer: { status: "processing" },
    });
    expect(shop.fal.submitted.length).toBe(1);
    expect(await shop.books(userId)).toMatchObject(charged);
  });

  it("insists on noting what the provider took while answers of the database are lost", async () => {
    shop.stack.faults.next({ path: "/rest/v1/rpc/attach_generation", kind: "cut-after-forward", times: 2 });
    const { answer } = await run(shop.order(userId));
    expect(answer.status).toBe("processing");
    expect(paths().filter((path) => path === "attach_generation").length).toBe(3);
  });

  it("says that a job is pending where its refund cannot be written: nobody is told of credits they do not have", async () => {
    shop.stack.faults.next({ path: "/rest/v1/rpc/fail_generation", kind: "cut-before-forward", times: 9 });
    shop.fal.faults.push("refuse");
    const { answer } = await run(shop.order(userId));
    expect(answer).toMatchObject({ status: "pending", creditsRemaining: 6 });
    expect(log).toHaveBeenCalledWith("generation_not_refunded", expect.anything(), "error");
  });

  it("answers as its key does from now on where the job was given up while the provider took it", async () => {
    const order = shop.order(userId);
    const { submit } = shop.fal;
    shop.fal.submit = async (request) => {
      const taken = await submit(request);
      const [row] = await shop.stack.sql`select job_id from video_jobs where user_id = ${userId}`;
      await shop.stack.sql`select fail_generation(${row?.job_id}, 'ERR_5001', 'generation_expired')`;
      return taken;
    };
    const error = { code: "ERR_5001", reason: "generation_expired" };
    await expect(run(order)).rejects.toMatchObject(error);
    await expect(run(order)).rejects.toMatchObject(error);
    const [row] = await shop.stack.sql`select provider_job_id from video_jobs where user_id = ${userId}`;
    expect(row?.provider_job_id).toMatch(/^fake-/);
    expect(await shop.books(userId)).toMatchObject(refunded);
  });

  it.each([
    ["prompt", { prompt: " \n" }, "ERR_4003"],
    ["prompt", { prompt: "a".repeat(10_001) }, "ERR_4003"],
    ["prompt", { prompt: "a\0b" }, "ERR_4003"],
    ["prompt", { prompt: 7 }, "ERR_4003"],
    ["settings", { settings: [] }, "ERR_4008"],
    ["settings", { settings: "{}" }, "ERR_4008"],
    ["settings", { settings: nested(1_000) }, "ERR_4008"],
    ["settings", { settings: { a: "b".repeat(65_536) } }, "ERR_4008"],
    ["settings", { settings: { "a\0": 1 } }, "ERR_4008"],
    ["settings", { settings: { a: ["\ud800"] } }, "ERR_4008"],
    ["settings", { settings: { a: 1n } }, "ERR_4008"],
    ["imageUrl", { imageUrl: "http://example.com/a.png" }, "ERR_4008"],
    ["imageUrl", { imageUrl: "kite.png" }, "ERR_4008"],
    ["idempotencyKey", { idempotencyKey: "" }, "ERR_4008"],
    ["userId", { userId: "me" }, "ERR_4008"],
    ["modelId", { modelId: "kling" }, "ERR_4008"],
    ["expectedCredits", { expectedCredits: -1 }, "ERR_4008"],
  ])("sends nothing where the %s cannot be (%#)", async (field, wrong, code) => {
    const order = { ...shop.order(userId), ...wrong } as GenerationOrder;
    await expect(run(order)).rejects.toMatchObject({ code, details: { field } });
    expect(shop.stack.requests).toEqual([]);
  });
});

describe("startGeneration", () => {
  it("tells what the price is where the user saw another, and charges nothing", async () => {
    await expect(startGeneration(shop.db, shop.order(userId, { expectedCredits: 3 }))).rejects.toMatchObject({
      code: "ERR_4009",
      reason: "price_changed",
      details: { expected_credits: 3, required_credits: 4 },
    });
    expect(await shop.books(userId)).toMatchObject({ balance: 10, ledger: [10], jobs: [] });
  });

  it("counts against the limits that it is given, and says when to come again", async () => {
    const limits = [{ per: "user", maxRequests: 1, windowMinutes: 60 }] as const;
    const first = await startGeneration(shop.db, shop.order(userId, { limits }));
    expect(first).toMatchObject({ limits: [{ name: "per_user", remaining: 0, allowed: true }] });
    const second = startGeneration(shop.db, shop.order(userId, { limits }));
    await expect(second).rejects.toMatchObject({
      code: "ERR_4004",
      reason: "rate_limited",
      retryable: true,
      variables: { seconds: expect.any(Number) },
      details: { limits: [{ name: "per_user", allowed: false }] },
    });
    expect(await shop.books(userId)).toMatchObject(charged);
    await expect(startGeneration(shop.db, shop.order(userId, { limits: [] }))).resolves.toBeDefined();
  });

  it("refuses a model that is not on sale", async () => {
    const [model] = await shop.stack.sql`
      insert into models (name, provider, provider_model_id, cost_per_generation, is_available)
      values ('Old', 'fal', 'fal-ai/old', 4, false) returning id`;
    await expect(startGeneration(shop.db, shop.order(userId, { modelId: model?.id }))).rejects.toMatchObject({
      code: "ERR_4002",
      reason: "model_unavailable",
    });
  });
});

function nested(depth: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let i = 0; i < depth; i += 1) value = { a: value };
  return value;
}
