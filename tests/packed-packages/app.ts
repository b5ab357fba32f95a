import { createClient } from "@supabase/supabase-js";
import { createDatabase } from "@vidops/core/database";
import { createErrorResponse, ErrorCode, isVidopsError } from "@vidops/core/errors";
import { fetchWithRetry } from "@vidops/core/http";
import { generate, listGenerations, settleGeneration } from "@vidops/core/jobs";
import type { VideoProvider } from "@vidops/core/providers";
import { createVidops } from "@vidops/sdk";
import { createHandlers, developmentAttestation, type HandlerName } from "@vidops/sdk/server";

/** What the app needs to know. */
export interface Setting {
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** For the guest: another one each time. */
  readonly deviceId: string;
  readonly userId: string;
  readonly modelId: string;
  /** Answers 503 first, then what it was asked for. */
  readonly unsteady: string;
}

/** An app of somebody who installed vidops: it takes something of each package and uses it. */
export async function useVidops(setting: Setting): Promise<Record<string, unknown>> {
  return {
    errors: await refuse(),
    http: await retry(setting),
    jobs: await generateVideo(setting),
    sdk: await beGuest(setting),
  };
}

async function refuse(): Promise<unknown> {
  const variables = { required: 4, available: 1 };
  const refusal = createErrorResponse({ code: ErrorCode.ERR_4001, language: "tr", variables });
  return { status: refusal.status, body: await refusal.json(), ours: isVidopsError(new Error("theirs")) };
}

async function retry({ unsteady }: Setting): Promise<unknown> {
  const answer = await fetchWithRetry(unsteady, {}, { initialDelay: 1 });
  return { status: answer.status, body: await answer.text() };
}

async function generateVideo({ url, secretKey, userId, modelId }: Setting): Promise<unknown> {
  const db = createDatabase({ url, key: secretKey });
  const doing = { db, providers: { fal: quickProvider() }, store: null };
  const order = { userId, modelId, prompt: "a red kite", idempotencyKey: crypto.randomUUID() };
  const { answer } = await generate(order, doing);
  const again = await generate(order, doing);
  const [job] = (await listGenerations(db, { userId })).jobs;
  if (job?.jobId !== answer.jobId) throw new Error("The list does not have the generation.");
  const { outcome } = await settleGeneration(job, doing);
  return { charged: answer.creditsUsed, left: answer.creditsRemaining, replayed: again.replayed, outcome };
}

/** The client and the handlers in one program: what is for functions does not leave it. */
async function beGuest({ url, publishableKey, secretKey, deviceId }: Setting): Promise<unknown> {
  const handlers = createHandlers({
    ...{ url, key: publishableKey, auth: createClient(url, publishableKey).auth },
    ...{ db: createClient(url, secretKey), providers: { fal: quickProvider() }, store: null },
    ...{ attestation: developmentAttestation({ url, log: () => {} }), initialCredits: 10 },
    ...{ limits: { generateVideo: [], deviceCheck: [] }, checkAfterMs: 0, log: () => {} },
  });
  const vidops = createVidops({
    ...{ url, key: publishableKey, language: "tr" },
    fetch: async (to, init) => {
      const [, name] = /\/functions\/v1\/([\w-]+)/.exec(String(to)) ?? [];
      return name === undefined ? fetch(to, init) : handlers[name as HandlerName](new Request(to, init));
    },
  });
  const { creditsGranted } = await vidops.guest.start({ deviceId });
  const [model] = await vidops.models.list();
  const { jobId } = await vidops.videos.generate({ modelId: model?.id ?? "", prompt: "a red kite" });
  const { status } = await vidops.videos.waitFor(jobId);
  const { items } = await vidops.videos.list();
  const refused = await vidops.videos
    .generate({ modelId: model?.id ?? "", prompt: " " })
    .catch((error: unknown) => (isVidopsError(error) ? error.message : String(error)));
  await vidops.videos.delete(jobId);
  const { creditsRemaining } = await vidops.credits.balance();
  return { creditsGranted, status, listed: items.length, creditsRemaining, refused };
}

/** A provider that has made each video by the time it is asked. */
function quickProvider(): VideoProvider {
  const none = (): never => {
    throw new Error("Nobody asks for this.");
  };
  return {
    name: "fal",
    capabilities: {
      ...{ idempotentSubmit: false, cancel: "requested", webhooks: false, lookUp: false, progress: false },
      ...{ queuePosition: false, cost: "none", leastPollInterval: null },
    },
    submit: async ({ model }) => ({
      job: { provider: "fal", id: crypto.randomUUID(), model },
      ...{ position: null, cost: null, requestId: null },
    }),
    status: async () => ({
      ...{ status: "completed", videoUrl: "https://cdn.example/video.mp4", cost: null },
      lifetime: { atLeast: null, atMost: null },
    }),
    ...{ cancel: none, verifyWebhook: none, lookUp: none },
  };
}
