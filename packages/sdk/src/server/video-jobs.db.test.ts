import { writeCursorText } from "@vidops/core/database";
import type { VideoStore } from "@vidops/core/jobs";
import { describe, expect, it } from "vitest";
import { videoUrl } from "./testing/fal-peer.ts";
import { useHandlers } from "./testing/use-handlers.ts";

const app = useHandlers();
const status = (job_id: string, sending = {}) =>
  app.send("get-video-status", { query: { job_id }, ...sending });
const list = (query: Record<string, string> = {}, sending = {}) =>
  app.send("get-video-jobs", { query, ...sending });
const remove = (job_id: string, sending = {}) =>
  app.send("delete-video-job", { query: { job_id }, ...sending });
const dataRequests = (): number =>
  app.stack.requests.filter(({ path }) => path.startsWith("/rest/v1/")).length;

async function begun(): Promise<string> {
  return String((await app.generate()).body.job_id);
}

async function completed(): Promise<string> {
  const job = await begun();
  app.fal.status = "COMPLETED";
  await status(job);
  return job;
}

/** So many jobs of the user that are done, all of one moment. */
async function jobs(count: number, more: { failed?: boolean } = {}): Promise<void> {
  await app.stack.sql`
    insert into public.video_jobs (user_id, model_id, prompt, status, error_code, error_reason, credits_used)
    select ${app.user.id}, ${app.modelId}, 'job ' || n, ${more.failed ? "failed" : "completed"},
      ${more.failed ? "ERR_5003" : null}, ${more.failed ? "content_policy" : null}, 0
    from generate_series(1, ${count}) n`;
}

describe("get-video-status", () => {
  it("tells a job that runs, and when to ask again", async () => {
    const job = await begun();
    const { status: code, body } = await status(job);
    expect({ code, body }).toEqual({
      code: 200,
      body: {
        job: {
          ...{
            job_id: job,
            model_id: app.modelId,
            model_name: expect.stringMatching(/^veo /),
            prompt: "a fox",
          },
          ...{ settings: {}, status: "processing", video_url: null, thumbnail_url: null, credits_used: 4 },
          ...{
            credits_refunded: 0,
            error: null,
            delivered_free: false,
            created_at: expect.stringMatching(/Z$/),
          },
          completed_at: null,
        },
        poll_after: 2,
      },
    });
  });

  it("finds out by the way that the video is done, and asks nobody any more", async () => {
    const job = await begun();
    app.fal.status = "COMPLETED";
    expect(await status(job)).toMatchObject({
      body: {
        job: { status: "completed", video_url: videoUrl, completed_at: expect.any(String) },
        poll_after: null,
      },
    });
    const { asked } = app.fal;
    app.stack.requests.length = 0;
    expect(await status(job)).toMatchObject({ body: { job: { status: "completed" } } });
    expect([app.fal.asked, dataRequests()]).toEqual([asked, 1]);
  });

  it("has twenty polls at once ask the provider once", async () => {
    const job = await begun();
    const answers = await Promise.all(Array.from({ length: 20 }, () => status(job)));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect(app.fal.asked).toBe(1);
  });

  it("tells the job as it stands when the provider does not answer", async () => {
    const job = await begun();
    app.fal.status = null;
    expect(await status(job)).toMatchObject({
      status: 200,
      body: { job: { status: "processing" }, poll_after: 2 },
    });
    expect(app.logged.map(([event]) => event)).toContain("generation_not_settled");
  });

  it("gives URLs that end for videos that are kept, with one request for a whole page", async () => {
    const signed: (readonly string[])[] = [];
    const store: VideoStore = {
      save: async ({ userId, jobId }) => `${userId}/${jobId}.mp4`,
      sign: async (paths, seconds) => {
        signed.push(paths);
        return paths.map((path) => `https://abc.supabase.co/storage/${path}?for=${seconds}`);
      },
      remove: async () => {},
    };
    const handlers = app.make({ store });
    const [one, two] = [await begun(), await begun()];
    app.fal.status = "COMPLETED";
    const url = (job: string): string => `https://abc.supabase.co/storage/${app.user.id}/${job}.mp4?for=3600`;
    expect(await status(one, { with: handlers })).toMatchObject({ body: { job: { video_url: url(one) } } });
    await status(two, { with: handlers });
    signed.length = 0;
    const page = await list({}, { with: handlers });
    expect(page.body.jobs).toMatchObject([{ video_url: url(two) }, { video_url: url(one) }]);
    expect(signed).toHaveLength(1);
  });

  it("shows jobs without their URLs while the storage does not answer, and tells operators", async () => {
    const store: VideoStore = {
      save: async ({ userId, jobId }) => `${userId}/${jobId}.mp4`,
      sign: () => Promise.reject(new Error("down")),
      remove: async () => {},
    };
    const handlers = app.make({ store });
    const job = await begun();
    app.fal.status = "COMPLETED";
    const told = { job: { status: "completed", video_url: null } };
    expect(await status(job, { with: handlers })).toMatchObject({ status: 200, body: told });
    expect(await list({}, { with: handlers })).toMatchObject({ status: 200, body: { jobs: [told.job] } });
    expect(app.logged.map(([event]) => event)).toContain("videos_not_signed");
  });

  it("says in the profile's language why a job failed, with one request to the database", async () => {
    await app.stack.sql`update public.users set language = 'tr' where id = ${app.user.id}`;
    await jobs(1, { failed: true });
    app.stack.requests.length = 0;
    const { body } = await list({}, { headers: { "accept-language": "es" } });
    const message = expect.stringMatching(/^Video hizmeti bu isteği kabul etmedi/);
    expect(body.jobs).toMatchObject([{ status: "failed", error: { code: "ERR_5003", message } }]);
    expect(dataRequests()).toBe(1);
  });

  it.each<[string, () => string | Promise<string>, number, string]>([
    ["no UUID", () => "42", 400, "ERR_4008"],
    ["nothing", () => "", 400, "ERR_4008"],
    ["no job", () => crypto.randomUUID(), 404, "ERR_4007"],
    ["another user's job", begun, 404, "ERR_4007"],
  ])("answers for %s as if there were none", async (_, job, code, error) => {
    const id = await job();
    const stranger = await app.createUser();
    const answer = await status(id, { as: stranger });
    expect(answer).toMatchObject({ status: code, body: { error: { code: error } } });
    expect(app.fal.asked).toBe(0);
  });

  it("refuses two ids, of which nobody could tell which one is meant", async () => {
    const request = app.request("get-video-status");
    const url = `${request.url}job_id=${crypto.randomUUID()}&job_id=${crypto.randomUUID()}`;
    const response = await app.handlers["get-video-status"](new Request(url, request));
    expect(response.status).toBe(400);
  });
});

describe("get-video-jobs", () => {
  it("pages through all jobs, newest first, twenty by default, each once", async () => {
    await jobs(45);
    const seen: string[] = [];
    let cursor: string | null = null;
    const sizes: number[] = [];
    do {
      const { body }: Awaited<ReturnType<typeof list>> = await list(cursor === null ? {} : { cursor });
      const page = body.jobs as { job_id: string }[];
      sizes.push(page.length);
      seen.push(...page.map(({ job_id }) => job_id));
      cursor = body.next_cursor as string | null;
      expect(body.has_more).toBe(cursor !== null);
    } while (cursor !== null);
    expect(sizes).toEqual([20, 20, 5]);
    expect(new Set(seen).size).toBe(45);
  });

  it("reads a page with one request, up to a hundred jobs, and only those in a state when asked", async () => {
    await jobs(101);
    await jobs(1, { failed: true });
    app.stack.requests.length = 0;
    expect((await list({ limit: "100" })).body.jobs).toHaveLength(100);
    expect(dataRequests()).toBe(1);
    expect((await list({ status: "failed" })).body).toMatchObject({
      jobs: [{ status: "failed" }],
      has_more: false,
    });
  });

  it.each<[string, Record<string, string>, string]>([
    ["limit 0", { limit: "0" }, "limit"],
    ["limit 101", { limit: "101" }, "limit"],
    ["limit -1", { limit: "-1" }, "limit"],
    ["limit 1.5", { limit: "1.5" }, "limit"],
    ["limit 1e2", { limit: "1e2" }, "limit"],
    ["an empty limit", { limit: "" }, "limit"],
    ["a state there is not", { status: "done" }, "status"],
    ["a made-up cursor", { cursor: "next" }, "cursor"],
    ["an empty cursor", { cursor: "" }, "cursor"],
    ["a cursor of 100 kB", { cursor: "A".repeat(100_000) }, "cursor"],
  ])("refuses %s and names the field", async (_, query, field) => {
    expect(await list(query)).toMatchObject({
      status: 400,
      body: {
        error: { code: "ERR_4008", details: { field, fault: expect.any(String), hint: expect.any(String) } },
      },
    });
  });

  it("refuses a cursor of another user, and of another state", async () => {
    await jobs(2);
    const cursor = String((await list({ limit: "1" })).body.next_cursor);
    const stranger = await app.createUser();
    expect(await list({ cursor }, { as: stranger })).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field: "cursor" } } } },
    });
    expect(await list({ cursor, status: "failed" })).toMatchObject({ status: 400 });
    expect((await list({ cursor })).body.jobs).toHaveLength(1);
    const forged = ["jobs1", app.user.id, null, "2026-01-01T00:00:00-23:59", crypto.randomUUID()];
    expect(await list({ cursor: writeCursorText(forged) })).toMatchObject({ status: 400 });
  });
});

describe("delete-video-job", () => {
  it("hides a job for good, by query or body, and again answers the same", async () => {
    const [one, two] = [await completed(), await completed()];
    const done = (job_id: string) => ({ status: 200, body: { job_id, deleted: true } });
    expect(await remove(one)).toMatchObject(done(one));
    expect(await remove(one)).toMatchObject(done(one));
    expect(await app.send("delete-video-job", { method: "POST", body: { job_id: two } })).toMatchObject(
      done(two),
    );
    expect((await list()).body.jobs).toEqual([]);
    expect(await status(one)).toMatchObject({ status: 404 });
    expect(await app.books()).toMatchObject({ balance: 2, ledger: 3, jobs: 2 });
  });

  it("leaves a job that runs, and tells that it does", async () => {
    const job = await begun();
    expect(await remove(job)).toMatchObject({ status: 409, body: { error: { code: "ERR_4014" } } });
    expect((await list()).body.jobs).toHaveLength(1);
  });

  it("does not see another user's job", async () => {
    const job = await completed();
    const stranger = await app.createUser();
    expect(await remove(job, { as: stranger })).toMatchObject({
      status: 404,
      body: { error: { code: "ERR_4007" } },
    });
    expect((await list()).body.jobs).toHaveLength(1);
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["an empty body", { method: "POST", body: {} }],
    ["no UUID", { method: "POST", body: { job_id: "1" } }],
    ["no UUID in the query", { query: { job_id: "1 or true" } }],
    ["a list", { method: "POST", body: { job_id: [crypto.randomUUID()] } }],
  ])("refuses %s", async (_, sending) => {
    expect(await app.send("delete-video-job", sending)).toMatchObject({
      ...{ status: 400, body: { error: { code: "ERR_4008", details: { field: "job_id" } } } },
    });
  });
});
