import { createDatabase } from "@vidops/core/database";
import { createErrorResponse, ErrorCode, isVidopsError } from "@vidops/core/errors";
import { fetchWithRetry } from "@vidops/core/http";
import { generate, listGenerations, settleGeneration } from "@vidops/core/jobs";
import type { VideoProvider } from "@vidops/core/providers";

/** What the app needs to know. */
export interface Setting {
  readonly url: string;
  readonly secretKey: string;
  readonly userId: string;
  readonly modelId: string;
  /** Answers 503 first, then what it was asked for. */
  readonly unsteady: string;
}

/** An app of somebody who installed vidops: it takes something of each package and uses it. */
export async function useVidops(setting: Setting): Promise<Record<string, unknown>> {
  return { errors: await refuse(), http: await retry(setting), jobs: await generateVideo(setting) };
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
