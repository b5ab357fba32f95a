import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { useApp } from "./use-app.ts";

const app = useApp();

describe("a guest in the app, its functions in Deno, everything offline", () => {
  it("is onboarded with credits, once a user and once a device", async () => {
    const guest = await app.guest();
    const again = await guest.call("device-check", { body: { device_id: `device-${guest.id}` } });
    expect(again).toMatchObject({ status: 200, body: { granted: false, grant_refused: "already_granted" } });
    expect(again.body.user).toMatchObject({ id: guest.id, is_guest: true, credits_remaining: 10 });
    const other = app.person(await app.signIn());
    const seen = await other.call("device-check", { body: { device_id: `device-${guest.id}` } });
    expect(seen).toMatchObject({
      status: 200,
      body: { granted: false, grant_refused: "device_seen_before" },
    });
    expect(await other.credits()).toBe(0);
  });

  it("generates a video, waits, watches it, finds it in the history and deletes it; the balance is right at each step", async () => {
    const guest = await app.guest();
    const models = await app.call("get-models");
    expect(models.body.models).toMatchObject([{ id: app.model, cost_per_generation: 4 }]);
    const order = await guest.generate("A red kite over the sea");
    expect(order).toMatchObject({
      status: 202,
      body: { status: "processing", credits_used: 4, credits_remaining: 6 },
    });
    const id: string = order.body.job_id;
    const job = await guest.ended(id);
    expect(job).toMatchObject({ status: "completed", credits_used: 4, credits_refunded: 0, error: null });
    const video = await fetch(job.video_url, { headers: { range: "bytes=4-7" } });
    expect([video.status, video.headers.get("content-type"), await video.text()]).toEqual([
      206,
      "video/mp4",
      "ftyp",
    ]);
    expect(new URL(job.video_url).origin).toBe(app.stack.url);
    expect(await app.stack.sql`select name from storage.objects where name like ${`${guest.id}/%`}`).toEqual([
      { name: `${guest.id}/${id}.mp4` },
    ]);
    expect(await guest.credits()).toBe(6);
    const history = () => guest.call("get-video-jobs");
    expect((await history()).body).toMatchObject({ jobs: [{ job_id: id }], has_more: false });
    const deleted = await guest.call("delete-video-job", { method: "DELETE", query: { job_id: id } });
    expect(deleted).toMatchObject({ status: 200, body: { job_id: id, deleted: true } });
    expect((await history()).body.jobs).toEqual([]);
    expect(await guest.credits()).toBe(6);
    expect(await app.books(id)).toEqual({ status: "completed", ledger: -4, rows: 1 });
  });

  it("hears of the end by the provider's webhook, without anybody asking", async () => {
    const guest = await app.guest();
    const { body } = await guest.generate("A red kite");
    await expect
      .poll(async () => (await app.books(body.job_id))?.status, { timeout: 5_000 })
      .toBe("completed");
    // The provider was not asked for the end: its own account of it was enough.
    expect(app.stack.functionLog.join("\n")).not.toMatch(/"level":"error"/);
  });

  it("asks the provider itself when no webhook comes", async () => {
    const guest = await app.guest();
    const { body } = await guest.generate("A red kite [silent]");
    expect(await guest.ended(body.job_id)).toMatchObject({ status: "completed" });
  });
});

describe("a provider that fails", () => {
  it("costs nothing: the refund is there with the failure, in the user's language", async () => {
    const guest = await app.guest();
    await guest.call("get-user-profile", { method: "PATCH", body: { language: "tr" } });
    const order = await guest.generate("A red kite [fail]");
    expect(order).toMatchObject({ status: 202, body: { credits_remaining: 6 } });
    const job = await guest.ended(order.body.job_id);
    expect(job).toMatchObject({ status: "failed", credits_refunded: 4, video_url: null });
    expect(job.error.message).toMatch(/[ıişğçöü]/i);
    expect(await guest.credits()).toBe(10);
    expect(await app.books(order.body.job_id)).toEqual({ status: "failed", ledger: 0, rows: 2 });
  });

  it("at once is answered so, refunded, and the same to whoever repeats the request", async () => {
    const guest = await app.guest();
    const key = randomUUID();
    const first = await guest.generate("A red kite [reject]", {}, key);
    expect(first.status).toBeGreaterThanOrEqual(400);
    const again = await guest.generate("A red kite [reject]", {}, key);
    expect([again.status, again.body.error.code]).toEqual([first.status, first.body.error.code]);
    expect(again.headers.get("x-idempotent-replay")).toBe("true");
    expect(await guest.credits()).toBe(10);
  });

  it("to answer is not trusted to have failed: the job is found by its webhook, and charged once", async () => {
    const guest = await app.guest();
    const order = await guest.generate("A red kite [lost]");
    expect(order).toMatchObject({ status: 202, body: { status: "pending", credits_remaining: 6 } });
    await expect
      .poll(async () => (await app.books(order.body.job_id))?.status, { timeout: 5_000 })
      .toBe("completed");
    const provider = await app.stack.developmentProvider();
    expect(provider.jobs().filter(({ webhook }) => webhook?.includes(order.body.job_id))).toHaveLength(1);
    expect(await app.books(order.body.job_id)).toEqual({ status: "completed", ledger: -4, rows: 1 });
  });
});

describe("webhooks", () => {
  it("that come twice change nothing the second time", async () => {
    const guest = await app.guest();
    for (const [prompt, ledger, status] of [
      ["A red kite [twice]", -4, "completed"],
      ["A red kite [fail] [twice]", 0, "failed"],
    ] as const) {
      const { body } = await guest.generate(prompt);
      expect(await guest.ended(body.job_id)).toMatchObject({ status });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await app.books(body.job_id)).toMatchObject({ status, ledger });
    }
    expect(await guest.credits()).toBe(6);
  });

  it("that come after the job was given up and refunded deliver the video for nothing, once", async () => {
    const guest = await app.guest();
    const { body } = await guest.generate("A red kite [late]");
    const id: string = body.job_id;
    await app.stack
      .sql`update public.video_jobs set created_at = now() - interval '2 days' where job_id = ${id}`;
    await app.stack.sql.begin(async (transaction) => {
      await transaction`select set_config('request.jwt.claims', '{"role":"service_role"}', true)`;
      await transaction`select public.expire_generations(86400)`;
    });
    expect(await app.books(id)).toEqual({ status: "failed", ledger: 0, rows: 2 });
    const provider = await app.stack.developmentProvider();
    const job = provider.jobs().find(({ webhook }) => webhook?.includes(id));
    provider.finish(job?.id ?? "");
    const status = async () => (await guest.call("get-video-status", { query: { job_id: id } })).body.job;
    await expect.poll(async () => (await status()).delivered_free, { timeout: 5_000 }).toBe(true);
    expect(await status()).toMatchObject({ status: "failed", video_url: expect.stringContaining(id) });
    expect(await app.books(id)).toEqual({ status: "failed", ledger: 0, rows: 2 });
    expect(await guest.credits()).toBe(10);
  });

  it("that nobody signed, or somebody else, are refused", async () => {
    const guest = await app.guest();
    const { body } = await guest.generate("A red kite [late]");
    const query = { provider: "fal", job: body.job_id };
    const message = {
      request_id: "x",
      status: "OK",
      payload: { video: { url: "https://evil.example/a.mp4" } },
    };
    expect((await app.call("provider-webhook", { query, body: message })).status).toBe(401);
    const headers = {
      "x-fal-webhook-request-id": "x",
      "x-fal-webhook-user-id": "development",
      "x-fal-webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
      "x-fal-webhook-signature": "ab".repeat(64),
    };
    expect([401, 503]).toContain(
      (await app.call("provider-webhook", { query, body: message, headers })).status,
    );
    expect(await app.books(body.job_id)).toMatchObject({ status: "processing" });
  });
});

describe("at once", () => {
  it("ten generations with credits for two make two jobs", async () => {
    const guest = await app.guest();
    const answers = await Promise.all(Array.from({ length: 10 }, () => guest.generate("A red kite")));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, ...Array<number>(8).fill(402)]);
    expect(await guest.credits()).toBe(2);
    const provider = await app.stack.developmentProvider();
    const ids = answers.map(({ body }) => body.job_id).filter((id) => id !== undefined);
    expect(provider.jobs().filter(({ webhook }) => ids.some((id) => webhook?.includes(id)))).toHaveLength(2);
  });

  it("fifty requests of one key are one job, one charge, and fifty equal answers", async () => {
    const guest = await app.guest();
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => guest.generate("A red kite", {}, key)),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toHaveLength(1);
    expect(answers.filter(({ headers }) => headers.get("x-idempotent-replay") === "true")).toHaveLength(49);
    expect(await guest.credits()).toBe(6);
    const provider = await app.stack.developmentProvider();
    const id: string = answers[0]?.body.job_id;
    expect(provider.jobs().filter(({ webhook }) => webhook?.includes(id))).toHaveLength(1);
  });
});
