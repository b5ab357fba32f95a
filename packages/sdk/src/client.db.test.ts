import { createClient } from "@supabase/supabase-js";
import { ErrorMessages } from "@vidops/core/errors";
import { beforeEach, describe, expect, it } from "vitest";
import { createVidops } from "./create-vidops.ts";
import { flagged } from "./server/testing/fal-peer.ts";
import { useHandlers } from "./server/testing/use-handlers.ts";
import { clientOverHandlers } from "./testing/client-over-handlers.ts";

const app = useHandlers();
const { fal } = app;
let client: ReturnType<typeof clientOverHandlers>;
beforeEach(async () => {
  client = clientOverHandlers(app, { session: { accessToken: app.user.accessToken }, language: "tr" });
  await client.vidops.profile.update({ language: "tr" });
  client.trips.length = 0;
});
const order = (more = {}) => ({ modelId: app.modelId, prompt: "a fox", ...more });
const quickly = { timeout: 30_000 };

describe("a user of the client", () => {
  it("orders, waits, watches, deletes; the balance is right at each step", async () => {
    const { vidops } = client;
    expect(await vidops.credits.balance()).toEqual({ creditsRemaining: 10, creditsTotal: 10 });
    const models = await vidops.models.list();
    expect(models.find(({ id }) => id === app.modelId)).toMatchObject({ costPerGeneration: 4 });

    const started = await vidops.videos.generate(
      order({ expectedCredits: 4, settings: { aspect_ratio: "16:9" } }),
    );
    expect(started).toMatchObject({
      creditsUsed: 4,
      creditsRemaining: 6,
      status: "processing",
      replayed: false,
    });
    expect(await vidops.credits.balance()).toMatchObject({ creditsRemaining: 6 });
    await expect(vidops.videos.delete(started.jobId)).rejects.toMatchObject({ code: "ERR_4014" });

    fal.status = "COMPLETED";
    const seen: string[] = [];
    const video = await vidops.videos.waitFor(started.jobId, {
      ...quickly,
      onProgress: ({ status }) => seen.push(status),
    });
    expect(video).toMatchObject({ status: "completed", prompt: "a fox", creditsUsed: 4, error: null });
    expect(video.videoUrl).toMatch(/^https:/);
    expect(seen.at(-1)).toBe("completed");

    const { items } = await vidops.videos.list();
    expect(items.map(({ jobId }) => jobId)).toEqual([started.jobId]);
    await vidops.videos.delete(started.jobId);
    await vidops.videos.delete(started.jobId);
    expect((await vidops.videos.list()).items).toEqual([]);
    await expect(vidops.videos.get(started.jobId)).rejects.toMatchObject({ code: "ERR_4007" });
    expect(await vidops.credits.balance({ maxAge: 0 })).toEqual({ creditsRemaining: 6, creditsTotal: 10 });
    const history = await vidops.credits.history();
    expect(history.items.map(({ change, balanceAfter }) => [change, balanceAfter])).toEqual([
      [-4, 6],
      [10, 10],
    ]);
  });

  it("reads calmly in Turkish what the provider refuses, and has the credits back", async () => {
    const { vidops } = client;
    await vidops.credits.balance();
    fal.refusal = flagged;
    const error = await vidops.videos.generate(order()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "ERR_5003",
      message: ErrorMessages.ERR_5003.tr,
      requestId: expect.stringMatching(/./),
      details: { job_id: expect.any(String), credits_remaining: 10, idempotency_key: expect.any(String) },
    });
    expect(client.trips.map(({ name }) => name)).toEqual(["get-user-credits", "generate-video"]);
    expect(await vidops.credits.balance()).toEqual({ creditsRemaining: 10, creditsTotal: 10 });
    const { items } = await vidops.videos.list({ status: "failed" });
    expect(items[0]).toMatchObject({ creditsRefunded: 4, error: { code: "ERR_5003" } });
  });

  it("pays once, however many answers are lost", async () => {
    const { vidops } = client;
    client.lose(3);
    const started = await vidops.videos.generate(order());
    expect(started).toMatchObject({ replayed: true, creditsRemaining: 6 });
    expect(client.trips.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(await app.books()).toEqual({ balance: 6, ledger: 2, jobs: 1 });
    expect(fal.submits).toHaveLength(1);
  });

  it.each([502, 503, 504])(
    "is not told to try again by a gateway that has passed the order on: %i",
    async (status) => {
      const { vidops } = client;
      client.lose(4, () => new Response("<html>", { status }));
      const error: unknown = await vidops.videos.generate(order()).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "ERR_6006", retryable: false });
      const { details } = error as { details: { idempotency_key: string } };
      await vidops.videos.generate(order(), { idempotencyKey: details.idempotency_key });
      expect(await app.books()).toEqual({ balance: 6, ledger: 2, jobs: 1 });
    },
  );

  it("repeats an order after a crash with the key that the error named", async () => {
    const { vidops } = client;
    client.lose(1);
    const error: unknown = await vidops.videos.generate(order(), { maxRetries: 0 }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "ERR_6006", retryable: false });
    const { details } = error as { details: { idempotency_key: string } };
    const again = await vidops.videos.generate(order(), { idempotencyKey: details.idempotency_key });
    expect(again).toMatchObject({ replayed: true, creditsRemaining: 6 });
    expect(await app.books()).toEqual({ balance: 6, ledger: 2, jobs: 1 });
  });

  it("is told what is missing", async () => {
    const { vidops } = client;
    await vidops.videos.generate(order());
    await vidops.videos.generate(order());
    await expect(vidops.videos.generate(order())).rejects.toMatchObject({
      code: "ERR_4001",
      message: expect.stringContaining("4 krediye ihtiyacınız var"),
      details: { required: 4, available: 2, status: 402 },
    });
    await expect(vidops.videos.generate(order({ prompt: "" }))).rejects.toMatchObject({ code: "ERR_4003" });
    await expect(vidops.videos.generate(order({ expectedCredits: 1 }))).rejects.toMatchObject({
      code: "ERR_4009",
    });
    await expect(vidops.videos.get(crypto.randomUUID())).rejects.toMatchObject({ code: "ERR_4007" });
    await expect(vidops.videos.list({ cursor: "mine" })).rejects.toMatchObject({ code: "ERR_4008" });
  });

  it("sees no history and no video of another user", async () => {
    const other = await app.createUser({ credits: 50 });
    const others = clientOverHandlers(app, { session: { accessToken: other.accessToken } });
    const { jobId } = await others.vidops.videos.generate(order());
    await expect(client.vidops.videos.get(jobId)).rejects.toMatchObject({ code: "ERR_4007" });
    expect((await client.vidops.credits.history()).items).toHaveLength(1);
  });

  it("reads all pages of videos and of the history", async () => {
    await app.stack
      .sql`update users set credits_remaining = 100, credits_total = 100 where id = ${app.user.id}`;
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) ids.push((await client.vidops.videos.generate(order())).jobId);
    const listed: string[] = [];
    for await (const { jobId } of client.vidops.videos.list({ limit: 2 })) listed.push(jobId);
    expect(listed).toEqual(ids.toReversed());
    const changes: number[] = [];
    for await (const { change } of client.vidops.credits.history({ limit: 2 })) changes.push(change);
    expect(changes).toEqual([-4, -4, -4, -4, -4, 10]);
  });

  it("changes language and theme, and reads errors in that language from then on", async () => {
    const { vidops } = client;
    expect(await vidops.profile.update({ language: "es", themePreference: "dark" })).toMatchObject({
      language: "es",
      themePreference: "dark",
      id: app.user.id,
    });
    expect(await vidops.profile.get()).toMatchObject({ language: "es", creditsRemaining: 10 });
    await expect(vidops.videos.get(crypto.randomUUID())).rejects.toThrow(/No hemos encontrado/);
  });

  it("gets no list of models twice", async () => {
    await client.vidops.models.list();
    expect((await client.vidops.models.list()).length).toBeGreaterThan(0);
    expect(client.trips.slice(-2)).toEqual([
      { name: "get-models", status: 200 },
      { name: "get-models", status: 304 },
    ]);
  });

  it("works the same over supabase-js", async () => {
    const { stack } = app;
    const supabase = createClient(stack.url, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const { fetch } = client;
    const vidops = createVidops({ url: stack.url, key: stack.publishableKey, supabase, fetch });
    const { granted, profile } = await vidops.guest.start({ deviceId: app.user.id });
    expect(granted).toBe(true);
    expect((await supabase.auth.getUser()).data.user).toMatchObject({ id: profile.id, is_anonymous: true });
    expect(await vidops.videos.generate(order())).toMatchObject({ creditsRemaining: 6 });
  });
});
