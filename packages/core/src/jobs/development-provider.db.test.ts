import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@supabase/supabase-js";
import { type DevelopmentProvider, startDevelopmentProvider } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createFal, developmentFetch, type VideoProvider } from "../providers/index.ts";
import {
  createSupabaseVideoStore,
  type Generation,
  generate,
  getGeneration,
  settleGeneration,
  settleWebhook,
  sweepGenerations,
  type VideoStore,
  videoAddresses,
} from "./index.ts";
import { openShop, type Shop } from "./testing/shop.ts";

let shop: Shop;
let provider: DevelopmentProvider;
let fal: VideoProvider;
let store: VideoStore;
let userId: string;

beforeAll(async () => {
  shop = await openShop();
  provider = await startDevelopmentProvider({ seconds: 0.1, slowSeconds: 60, lateSeconds: 60 });
  const fetch = developmentFetch(provider.url);
  fal = createFal({ apiKey: "development", webhookUserId: "development", http: { fetch, initialDelay: 1 } });
  const { storage } = createClient(shop.stack.url, shop.stack.secretKey, { auth: { persistSession: false } });
  store = createSupabaseVideoStore(storage, { fetch, allowLoopback: true });
});
afterAll(async () => {
  await provider.close();
  await shop[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await shop.stack.sql`update video_jobs set status = 'failed' where status in ('pending', 'processing')`;
  userId = (await shop.user()).id;
});

const settling = () => ({ db: shop.db, providers: { fal }, store, log: vi.fn() });
const read = async (jobId: string): Promise<Generation> =>
  (await getGeneration(shop.db, { userId, jobId })).job;
const run = async (prompt: string, webhookUrl?: (job: { jobId: string }) => string) => {
  const { answer } = await generate(shop.order(userId, { prompt }), { ...settling(), webhookUrl });
  return await read(answer.jobId);
};
const files = async () =>
  (await shop.stack.sql`select name from storage.objects where name like ${`${userId}/%`}`).map(
    ({ name }) => name,
  );

async function ended(job: Generation): Promise<Generation> {
  await expect
    .poll(async () => (await settleGeneration(await read(job.jobId), settling())).outcome, {
      timeout: 10_000,
    })
    .not.toBe("running");
  return await read(job.jobId);
}

/** Takes webhooks as an app does. */
async function receiver() {
  const outcomes: Awaited<ReturnType<typeof settleWebhook>>[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const jobId = new URL(incoming.url ?? "", "http://here").searchParams.get("job") ?? "";
    const event = await fal.verifyWebhook({ headers: incoming.headers, body: new Uint8Array(body) });
    outcomes.push(await settleWebhook(event, jobId, settling()));
    outgoing.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    outcomes,
    url: ({ jobId }: { jobId: string }) => `https://127.0.0.1:${port}/hook?job=${jobId}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("a generation with fal's own adapter and a real store", () => {
  it("ends with a file that its user can play for a while, and nobody without the signature", async () => {
    const job = await ended(await run("A red kite"));
    expect(job).toMatchObject({ status: "completed", videoUrl: `${userId}/${job.jobId}.mp4` });
    const [url, missing, none] = await videoAddresses(store, [job.videoUrl, `${userId}/gone.mp4`, null]);
    const video = await fetch(url as string);
    expect(video.headers.get("content-type")).toBe("video/mp4");
    expect((await video.bytes()).length).toBe(3_620);
    expect([missing, none]).toEqual([null, null]);
    expect((await fetch((url as string).replace(/token=.*/, "token=none"))).ok).toBe(false);
    await store.remove([job.videoUrl as string, `${userId}/gone.mp4`]);
    expect(await files()).toEqual([]);
  });

  it("leaves no part of a video in the bucket that breaks off, and takes the whole one afterwards", async () => {
    const { storage } = createClient(shop.stack.url, shop.stack.secretKey, {
      auth: { persistSession: false },
    });
    let breaks = true;
    const fetch = async (): Promise<Response> => {
      let left = 40;
      const body = new ReadableStream({
        pull: (controller) => {
          left -= 1;
          if (breaks && left === 20) controller.error(new Error("reset"));
          else if (left === 0) controller.close();
          else controller.enqueue(new Uint8Array(65_536));
        },
      });
      return new Response(body, { headers: { "content-type": "video/mp4" } });
    };
    const broken = createSupabaseVideoStore(storage, { fetch });
    const video = { userId, jobId: crypto.randomUUID(), url: "https://v3.fal.media/kite.mp4" };
    await expect(broken.save(video)).rejects.toMatchObject({ reason: "video_unavailable" });
    expect(await files()).toEqual([]);
    breaks = false;
    const path = await broken.save(video);
    const { data } = await storage.from("videos").download(path);
    expect(data?.size).toBe(39 * 65_536);
  });

  it("refunds what the provider refuses, and what fails there later", async () => {
    await expect(run("A kite [reject]")).rejects.toMatchObject({
      code: "ERR_5003",
      reason: "content_policy",
    });
    expect(await ended(await run("A kite [fail]"))).toMatchObject({
      status: "failed",
      errorCode: "ERR_5002",
    });
    expect(await shop.books(userId)).toMatchObject({ balance: 10, ledger: [10, -4, 4, -4, 4], proven: true });
    expect(await files()).toEqual([]);
  });

  it("is told the end by a signed webhook, and by a second one without harm", async () => {
    await using hook = await receiver();
    const job = await run("A kite [twice]", hook.url);
    await expect.poll(() => hook.outcomes.length, { timeout: 10_000 }).toBe(2);
    expect(hook.outcomes).toMatchObject([
      { outcome: "completed", jobId: job.jobId },
      { outcome: "completed", changed: false },
    ]);
    expect(await files()).toEqual([`${userId}/${job.jobId}.mp4`]);
    expect(await shop.books(userId)).toMatchObject({ balance: 6, ledger: [10, -4], proven: true });
  });

  it("finds the job of a submit whose answer was lost by its webhook", async () => {
    await using hook = await receiver();
    const job = await run("A kite [lost]", hook.url);
    await expect.poll(() => hook.outcomes.length, { timeout: 10_000 }).toBe(1);
    expect(await read(job.jobId)).toMatchObject({ status: "completed", providerJobId: expect.any(String) });
  });

  it("finds it by looking it up as well, and only one job was made for one charge", async () => {
    const before = provider.jobs().length;
    const job = await run("Another kite [lost]");
    expect(job).toMatchObject({ status: "pending", providerJobId: null });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const swept = await sweepGenerations({
      ...settling(),
      olderThanSeconds: 1,
      now: () => Date.now() + 60_000,
    });
    expect(swept).toMatchObject([{ jobId: job.jobId, outcome: "completed" }]);
    expect(provider.jobs().length).toBe(before + 1);
    expect(await shop.books(userId)).toMatchObject({ balance: 6, ledger: [10, -4], proven: true });
  });
});
