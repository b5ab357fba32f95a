import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createFal, createPika, developmentFetch, type VideoProvider } from "@vidops/core/providers";
import { type DevelopmentProvider, startDevelopmentProvider } from "@vidops/local/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let provider: DevelopmentProvider;
let fal: VideoProvider;
let receiver: Awaited<ReturnType<typeof receive>>;
const model = "fal-ai/veo3.1/text-to-video";

const falOf = ({ url }: DevelopmentProvider): VideoProvider =>
  createFal({
    apiKey: "development",
    webhookUserId: "development",
    http: { fetch: developmentFetch(url), initialDelay: 1 },
  });

beforeEach(async () => {
  provider = await startDevelopmentProvider({ seconds: 0.1, slowSeconds: 0.4, lateSeconds: 60 });
  fal = falOf(provider);
  receiver = await receive();
});
afterEach(async () => {
  await provider.close();
  await receiver.close();
});

/** Keeps the webhooks that come; answers the first `failing` with 503. */
async function receive() {
  const deliveries: { headers: IncomingMessage["headers"]; body: string }[] = [];
  const state = { failing: 0 };
  const server = createServer(async (incoming, outgoing) => {
    deliveries.push({ headers: incoming.headers, body: await text(incoming) });
    outgoing.statusCode = state.failing-- > 0 ? 503 : 200;
    outgoing.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    deliveries,
    state,
    // https, as the adapter wants it.
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const stateOf = async (id: string) => fal.status({ provider: "fal", id, model });

describe("the development provider under fal's own adapter", () => {
  it("takes a job, works, tells its end with a signature that holds, and has a video", async () => {
    const { job } = await fal.submit({ model, prompt: "A red kite", webhookUrl: receiver.url });
    expect(await stateOf(job.id)).toMatchObject({ status: "queued", position: 0 });
    await expect.poll(async () => (await stateOf(job.id)).status, { interval: 10 }).toBe("processing");
    await expect.poll(() => receiver.deliveries.length).toBe(1);
    const [delivery] = receiver.deliveries;
    const event = await fal.verifyWebhook({
      headers: delivery?.headers as Record<string, string>,
      body: delivery?.body ?? "",
    });
    const videoUrl = `https://${new URL(provider.url).host}/videos/${job.id}.mp4`;
    expect(event).toMatchObject({
      accountId: "development",
      jobIds: [job.id],
      state: { status: "completed", videoUrl },
    });
    expect(await stateOf(job.id)).toMatchObject({
      status: "completed",
      videoUrl,
      cost: { amount: 1, unit: "billable_units" },
    });
    const video = await developmentFetch(provider.url)(videoUrl);
    const bytes = new Uint8Array(await video.arrayBuffer());
    expect([video.headers.get("content-type"), bytes.length]).toEqual(["video/mp4", 3_620]);
    expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe("ftyp");
    // Another one, which asks for the keys anew.
    const forged = { headers: delivery?.headers as Record<string, string>, body: `${delivery?.body} ` };
    await expect(falOf(provider).verifyWebhook(forged)).rejects.toMatchObject({ reason: "webhook_forged" });
  });

  it("refuses at once, and makes no job, where the prompt has [reject]", async () => {
    await expect(fal.submit({ model, prompt: "A kite [reject]" })).rejects.toMatchObject({
      reason: "content_policy",
      outcome: "not_accepted",
    });
    expect(provider.jobs()).toEqual([]);
  });

  it("fails later where the prompt has [fail]", async () => {
    const { job } = await fal.submit({ model, prompt: "A kite [fail]", webhookUrl: receiver.url });
    await expect.poll(() => receiver.deliveries.length).toBe(1);
    expect(await stateOf(job.id)).toMatchObject({ status: "failed", error: { code: "ERR_5002" } });
    const [delivery] = receiver.deliveries;
    const { state } = await fal.verifyWebhook({
      headers: delivery?.headers as Record<string, string>,
      body: delivery?.body ?? "",
    });
    expect(state).toMatchObject({ status: "failed", error: { code: "ERR_5002" } });
  });

  it("takes the job and loses the answer where the prompt has [lost], and can be asked for it", async () => {
    const request = { model, prompt: "A kite [lost]", webhookUrl: receiver.url };
    const from = new Date().toISOString();
    await expect(fal.submit(request)).rejects.toMatchObject({ code: "ERR_6006", outcome: "unknown" });
    const [job, ...more] = provider.jobs();
    expect(more).toEqual([]);
    const found = await fal.lookUp(request, { from, to: new Date().toISOString() });
    expect(found).toEqual({ jobs: [{ provider: "fal", id: job?.id, model }], complete: true });
    await expect.poll(() => receiver.deliveries.length).toBe(1);
  });

  it("tells the end twice where the prompt has [twice], not at all where it has [silent]", async () => {
    const silent = await fal.submit({ model, prompt: "A kite [silent]", webhookUrl: receiver.url });
    await fal.submit({ model, prompt: "A kite [twice]", webhookUrl: receiver.url });
    await expect.poll(async () => (await stateOf(silent.job.id)).status).toBe("completed");
    await expect.poll(() => receiver.deliveries.length).toBe(2);
    expect(receiver.deliveries[0]?.body).toBe(receiver.deliveries[1]?.body);
  });

  it("takes its time where the prompt has [slow] or [late], unless a test ends it", async () => {
    const slow = await fal.submit({ model, prompt: "A kite [slow]" });
    const late = await fal.submit({ model, prompt: "A kite [late]" });
    await expect.poll(async () => (await stateOf(slow.job.id)).status).toBe("completed");
    expect((await stateOf(late.job.id)).status).toBe("queued");
    provider.finish(late.job.id);
    expect((await stateOf(late.job.id)).status).toBe("completed");
  });

  it("sends a webhook again until it is taken", async () => {
    receiver.state.failing = 2;
    await fal.submit({ model, prompt: "A kite", webhookUrl: receiver.url });
    await expect.poll(() => receiver.deliveries.length, { timeout: 3_000 }).toBe(3);
  });

  it("cancels a job that still runs, and says of one that is over that it is too late", async () => {
    const { job } = await fal.submit({ model, prompt: "A kite [late]" });
    expect(await fal.cancel(job)).toBe("requested");
    expect(await stateOf(job.id)).toMatchObject({ status: "cancelled" });
    expect(await fal.cancel(job)).toBe("too_late");
  });

  it("serves Pika's models as well, which go through fal", async () => {
    const pika = createPika({ apiKey: "development", http: { fetch: developmentFetch(provider.url) } });
    const { job } = await pika.submit({ model: "fal-ai/pika/v2.2/text-to-video", prompt: "A poodle" });
    await expect.poll(async () => (await pika.status(job)).status).toBe("completed");
  });
});
