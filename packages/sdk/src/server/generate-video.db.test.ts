import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { flagged } from "./testing/fal-peer.ts";
import { untouched, useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const charged = { balance: 6, ledger: 2, jobs: 1 };
const refunded = { balance: 10, ledger: 3, jobs: 1 };

describe("generate-video", () => {
  it("charges, calls the provider once with the job's webhook, and answers 202", async () => {
    const answer = await app.generate({
      settings: { aspect_ratio: "16:9" },
      image_url: "https://example.com/a.png",
    });
    expect(answer).toMatchObject({
      status: 202,
      body: { status: "processing", credits_used: 4, credits_remaining: 6 },
    });
    expect(answer.headers.get("x-idempotent-replay")).toBeNull();
    const [submit, ...more] = app.fal.submits;
    expect(more).toEqual([]);
    expect(submit?.input).toEqual({
      prompt: "a fox",
      aspect_ratio: "16:9",
      image_url: "https://example.com/a.png",
    });
    expect(submit?.webhook).toBe(
      `https://app.example/functions/v1/provider-webhook?provider=fal&job=${answer.body.job_id}`,
    );
    expect(await app.books()).toEqual(charged);
  });

  it("asks the database once before the provider and once after, and once for a replay", async () => {
    const rpcs = (): string[] =>
      app.stack.requests.map(({ path }) => path).filter((path) => path.startsWith("/rest/v1/"));
    app.stack.requests.length = 0;
    const key = crypto.randomUUID();
    await app.generate({}, { key });
    expect(rpcs()).toEqual(["/rest/v1/rpc/start_generation", "/rest/v1/rpc/attach_generation"]);
    app.stack.requests.length = 0;
    await app.generate({}, { key });
    expect(rpcs()).toEqual(["/rest/v1/rpc/start_generation"]);
  });
});

describe("an order that is sent again", () => {
  it("is answered as the first time and says so, quoted or not, in capitals or not", async () => {
    const key = crypto.randomUUID();
    const first = await app.generate({}, { key });
    for (const spelled of [key, `"${key}"`, key.toUpperCase()]) {
      const again = await app.generate({}, { key: spelled });
      expect(again).toMatchObject({ status: 202, body: first.body });
      expect(again.headers.get("x-idempotent-replay")).toBe("true");
    }
    expect(app.fal.submits).toHaveLength(1);
    expect(await app.books()).toEqual(charged);
  });

  it("fifty times at once makes one job, one charge, one submit and fifty equal answers", async () => {
    app.fal.delay = 400;
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.generate({}, { key })));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 202, body: { status: "processing" } });
    expect(answers.filter(({ headers }) => headers.get("x-idempotent-replay") === null)).toHaveLength(1);
    expect(app.fal.submits).toHaveLength(1);
    expect(await app.books()).toEqual(charged);
  });

  it("while the first one takes longer than anybody waits is told to come again in a second", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    app.fal.refusal = async () => {
      await promise;
      return flagged();
    };
    const key = crypto.randomUUID();
    const first = app.generate({}, { key });
    await expect.poll(() => app.fal.submits.length).toBe(1);
    const answer = await app.generate({}, { key, with: app.make({ inFlightWaits: [] }) });
    expect(answer).toMatchObject({ status: 409, body: { error: { code: "ERR_4011" } } });
    expect(answer.headers.get("retry-after")).toBe("1");
    resolve();
    expect(await first).toMatchObject({ status: 502 });
    expect(await app.books()).toEqual(refunded);
  });

  it.each<[string, object]>([
    ["another prompt", { prompt: "a wolf" }],
    ["other settings", { settings: { seed: 4 } }],
    ["another image", { image_url: "https://example.com/b.png" }],
  ])("with %s is refused with 422", async (_, more) => {
    const key = crypto.randomUUID();
    await app.generate({}, { key });
    expect(await app.generate({ ...more }, { key })).toMatchObject({
      ...{ status: 422, body: { error: { code: "ERR_4010" } } },
    });
    expect(await app.books()).toEqual(charged);
  });

  it("by another user is that user's own order", async () => {
    const key = crypto.randomUUID();
    const other = await app.createUser({ credits: 10 });
    const first = await app.generate({}, { key });
    const second = await app.generate({}, { key, as: other });
    expect(second.status).toBe(202);
    expect(second.body.job_id).not.toBe(first.body.job_id);
    expect(await app.books(other)).toEqual(charged);
  });

  it("ten orders at once with credits for two make two provider calls", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.generate()));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(8);
    expect(app.fal.submits).toHaveLength(2);
    expect(await app.books()).toEqual({ balance: 2, ledger: 3, jobs: 2 });
  });
});

describe("what the provider does not take", () => {
  it("is refunded, said calmly in the user's language, and said again when it is sent again", async () => {
    await app.stack.sql`update public.users set language = 'tr' where id = ${app.user.id}`;
    app.fal.refusal = flagged;
    const key = crypto.randomUUID();
    const answer = await app.generate({}, { key });
    expect(answer).toMatchObject({
      status: 502,
      body: {
        error: {
          code: "ERR_5003",
          message: expect.stringMatching(/^Video hizmeti bu isteği kabul etmedi/),
          details: { job_id: expect.any(String), credits_remaining: 10 },
          request_id: expect.any(String),
        },
      },
    });
    expect(answer.headers.get("x-idempotent-replay")).toBeNull();
    expect(await app.books()).toEqual(refunded);
    app.fal.refusal = null;
    const again = await app.generate({}, { key });
    expect(again).toMatchObject({
      status: 502,
      body: { error: { code: "ERR_5003", details: answer.body.error?.details } },
    });
    expect(again.headers.get("x-idempotent-replay")).toBe("true");
    expect(again.headers.get("content-language")).toBe("tr");
    expect(app.fal.submits).toHaveLength(1);
    expect(await app.books()).toEqual(refunded);
    const job = await app.send("get-video-status", {
      query: { job_id: String(answer.body.error?.details?.job_id) },
    });
    expect(job).toMatchObject({
      ...{
        status: 200,
        body: {
          job: { status: "failed", credits_refunded: 4, error: { code: "ERR_5003" } },
          poll_after: null,
        },
      },
    });
  });

  it("is charged as long as nobody knows whether it was taken", async () => {
    app.fal.refusal = () => HttpResponse.error();
    expect(await app.generate()).toMatchObject({
      ...{ status: 202, body: { status: "pending", credits_used: 4, credits_remaining: 6 } },
    });
    expect(app.fal.submits).toHaveLength(1);
    expect(await app.books()).toEqual(charged);
  });

  it("is refused before anything is charged when no provider is set up", async () => {
    expect(await app.generate({}, { with: app.make({ providers: {} }) })).toMatchObject({ status: 502 });
    expect(await app.books()).toEqual(untouched);
  });
});

describe("an order that may not be", () => {
  it.each<[string, () => Promise<object> | object, number, string]>([
    ["of a model there is not", () => ({ model_id: crypto.randomUUID() }), 400, "ERR_4002"],
    [
      "of a model that was taken off sale after it was listed",
      async () => {
        await app.stack.sql`update public.models set is_available = false where id = ${app.modelId}`;
        return {};
      },
      400,
      "ERR_4002",
    ],
    ["at a price that was raised after it was listed", () => ({ expected_credits: 3 }), 409, "ERR_4009"],
  ])("is refused and costs nothing: %s", async (_, more, status, code) => {
    expect(await app.generate({ ...(await more()) })).toMatchObject({ status, body: { error: { code } } });
    expect(app.fal.submits).toEqual([]);
    expect(await app.books()).toEqual(untouched);
  });

  it("names the price of today", async () => {
    expect(await app.generate({ expected_credits: 3 })).toMatchObject({
      body: { error: { details: { reason: "price_changed", required_credits: 4 } } },
    });
    expect(await app.generate({ expected_credits: 4 })).toMatchObject({ status: 202 });
  });

  it("says in the user's language how many credits are missing", async () => {
    const poor = await app.createUser({ credits: 1, columns: { language: "es" } });
    const answer = await app.generate({}, { as: poor, headers: { "accept-language": "tr" } });
    expect(answer).toMatchObject({
      ...{ status: 402, body: { error: { code: "ERR_4001", details: { required: 4, available: 1 } } } },
    });
    expect(answer.headers.get("content-language")).toBe("es");
  });

  it("is refused to who is banned, and to who has no profile", async () => {
    const banned = await app.createUser({ credits: 10 });
    await app.stack.sql`update public.users set banned_at = now() where id = ${banned.id}`;
    expect(await app.generate({}, { as: banned })).toMatchObject({
      status: 403,
      body: { error: { code: "ERR_4012" } },
    });
    const stranger = await app.createUser();
    await app.stack.sql`delete from public.users where id = ${stranger.id}`;
    expect(await app.generate({}, { as: stranger })).toMatchObject({
      status: 404,
      body: { error: { code: "ERR_4007" } },
    });
  });

  it("is judged by the limits that the app gives, in the same request to the database", async () => {
    const limits = { generateVideo: [{ per: "user", maxRequests: 1, windowMinutes: 60 }] } as const;
    const limited = { with: app.make({ limits }) };
    const first = await app.generate({}, limited);
    expect(first.status).toBe(202);
    expect(first.headers.get("ratelimit-policy")).toBe('"per_user";q=1;w=3600');
    const refused = await app.generate({}, limited);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "ERR_4004" } } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(refused.headers.get("ratelimit")).toMatch(/^"per_user";r=0;t=\d+$/);
    expect(await app.books()).toEqual(charged);
  });
});
