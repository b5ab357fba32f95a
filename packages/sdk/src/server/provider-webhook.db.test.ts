import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { Handlers } from "./index.ts";
import { videoUrl, type WebhookPlan } from "./testing/fal-peer.ts";
import { useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const base = "https://app.example/functions/v1/provider-webhook";

interface Begun {
  readonly jobId: string;
  /** fal's id. */
  readonly id: string;
  readonly url: string;
}

async function begun(): Promise<Begun> {
  const { body } = await app.generate();
  const { id = "", webhook } = app.fal.submits.at(-1) ?? {};
  return { jobId: String(body.job_id), id, url: webhook ?? "" };
}

async function deliver(to: string, plan: WebhookPlan): Promise<{ status: number }> {
  return received(await app.fal.webhook(to, plan));
}

async function received(request: Request, handlers: Handlers = app.handlers): Promise<{ status: number }> {
  const { status } = await handlers["provider-webhook"](request);
  return { status };
}

async function job(jobId: string) {
  const [row] = await app.stack.sql`
    select status, video_url, credits_refunded, provider_job_id, delivered_late_at is not null as late
    from public.video_jobs where job_id = ${jobId}`;
  return row;
}

const rows = () =>
  app.stack
    .sql`select from public.error_log where endpoint = 'provider-webhook' and error_code not like 'ERR_6%'`;
const running = { status: "processing", video_url: null, credits_refunded: 0 };
const done = { status: "completed", video_url: videoUrl, credits_refunded: 0, late: false };

describe("provider-webhook", () => {
  it("completes the job that its provider tells to be done, without a token and without asking the provider", async () => {
    const { jobId, id, url } = await begun();
    const response = await app.handlers["provider-webhook"](await app.fal.webhook(url, { id }));
    expect([response.status, await response.json()]).toEqual([200, { received: true }]);
    expect(await job(jobId)).toMatchObject(done);
    expect(app.fal.asked).toBe(0);
    expect(await app.books()).toEqual({ balance: 6, ledger: 2, jobs: 1 });
  });

  it("refunds the job that its provider gave up, once, however often it is told", async () => {
    const { jobId, id, url } = await begun();
    for (let nth = 0; nth < 3; nth += 1)
      expect(await deliver(url, { id, status: "ERROR" })).toMatchObject({ status: 200 });
    expect(await job(jobId)).toMatchObject({ status: "failed", credits_refunded: 4 });
    expect(await app.books()).toEqual({ balance: 10, ledger: 3, jobs: 1 });
    const told = await app.send("get-video-status", { query: { job_id: jobId } });
    expect(told.body.job).toMatchObject({ status: "failed", error: { code: "ERR_5003" } });
  });

  it("does once what it is told twenty times at once", async () => {
    const { jobId, id, url } = await begun();
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(url, { id })));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
    expect(await job(jobId)).toMatchObject(done);
    expect(await app.books()).toEqual({ balance: 6, ledger: 2, jobs: 1 });
  });

  it("keeps a video against a failure that is told after it, and delivers a video after a failure for free", async () => {
    const first = await begun();
    await deliver(first.url, { id: first.id });
    expect(await deliver(first.url, { id: first.id, status: "ERROR" })).toMatchObject({ status: 200 });
    expect(await job(first.jobId)).toMatchObject(done);
    const second = await begun();
    await deliver(second.url, { id: second.id, status: "ERROR" });
    expect(await deliver(second.url, { id: second.id })).toMatchObject({ status: 200 });
    expect(await job(second.jobId)).toMatchObject({
      status: "failed",
      video_url: videoUrl,
      credits_refunded: 4,
      late: true,
    });
    const told = await app.send("get-video-status", { query: { job_id: second.jobId } });
    expect(told.body).toMatchObject({ job: { status: "failed", delivered_free: true, video_url: videoUrl } });
    expect(await app.books()).toEqual({ balance: 6, ledger: 4, jobs: 2 });
  });

  it("finds the job whose submit was not answered", async () => {
    app.fal.refusal = () => HttpResponse.error();
    const { jobId, id, url } = await begun();
    expect(await job(jobId)).toMatchObject({ status: "pending", provider_job_id: null });
    app.fal.status = "COMPLETED";
    expect(await deliver(url, { id })).toMatchObject({ status: 200 });
    expect(await job(jobId)).toMatchObject({ ...done, provider_job_id: id });
  });

  it.each<[string, (at: Begun) => Promise<Request>]>([
    ["unsigned", async ({ url }) => new Request(url, { method: "POST", body: '{"status":"OK"}' })],
    ["signed with another key", ({ id, url }) => app.fal.webhook(url, { id, genuine: false })],
    ["six minutes old", ({ id, url }) => app.fal.webhook(url, { id, at: -360 })],
    ["of the future", ({ id, url }) => app.fal.webhook(url, { id, at: 360 })],
    [
      "changed on its way",
      async ({ id, url }) => {
        const { headers } = await app.fal.webhook(url, { id });
        return new Request(url, { method: "POST", headers, body: '{"status":"OK"}' });
      },
    ],
    [
      "without a body",
      async ({ id, url }) => {
        const { headers } = await app.fal.webhook(url, { id });
        return new Request(url, { method: "POST", headers });
      },
    ],
  ])("answers one that is %s with 401, and does nothing", async (_, forge) => {
    const at = await begun();
    const handlers = app.make({ providers: { fal: app.fal.createProvider() } });
    expect(await received(await forge(at), handlers)).toMatchObject({ status: 401 });
    expect(await job(at.jobId)).toMatchObject(running);
    expect(await rows()).toEqual([]);
  });

  it("does not call one forged while it cannot know whether the provider has a newer key, nor lets it fill a table", async () => {
    const at = await begun();
    const handlers = app.make({ providers: { fal: app.fal.createProvider() } });
    await received(await app.fal.webhook(at.url, { id: crypto.randomUUID(), at: -10 }), handlers);
    expect(
      await received(await app.fal.webhook(at.url, { id: at.id, genuine: false }), handlers),
    ).toMatchObject({ status: 503 });
    expect(await job(at.jobId)).toMatchObject(running);
    expect(await rows()).toEqual([]);
  });

  it("answers a genuine one of another job, which somebody sends to this one, with 409, and does nothing", async () => {
    const [mine, other] = [await begun(), await begun()];
    expect(await deliver(mine.url, { id: other.id })).toMatchObject({ status: 409 });
    expect(await job(mine.jobId)).toMatchObject(running);
    expect(await job(other.jobId)).toMatchObject(running);
  });

  it.each<[string, (at: Begun) => string]>([
    ["no job there is", () => `${base}?provider=fal&job=${crypto.randomUUID()}`],
    ["no job", () => `${base}?provider=fal`],
    ["no id of a job", () => `${base}?provider=fal&job=1`],
    ["no provider", ({ jobId }) => `${base}?job=${jobId}`],
    ["a provider that is not set up", ({ jobId }) => `${base}?provider=runway&job=${jobId}`],
    ["a provider there is not", ({ jobId }) => `${base}?provider=__proto__&job=${jobId}`],
  ])("answers one that names %s with 404", async (_, url) => {
    const at = await begun();
    expect(await deliver(url(at), { id: at.id })).toMatchObject({ status: 404 });
    expect(await job(at.jobId)).toMatchObject(running);
  });

  it("has the provider send it again while the database is away, and does it then", async () => {
    const { jobId, id, url } = await begun();
    app.stack.faults.next({ path: "/rest/v1/", kind: "cut-before-forward", times: 20 });
    expect(await deliver(url, { id })).toMatchObject({ status: 503 });
    app.stack.faults.clear();
    expect(await job(jobId)).toMatchObject(running);
    expect(await deliver(url, { id })).toMatchObject({ status: 200 });
    expect(await job(jobId)).toMatchObject(done);
  });
});
