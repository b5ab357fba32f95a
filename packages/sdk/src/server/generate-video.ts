import { describeRequest } from "@vidops/core/error-log";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { type GenerationAccepted, generate, type VideoProviders } from "@vidops/core/jobs";
import type { ProviderName } from "@vidops/core/providers";
import { clientIp, type RateLimit } from "@vidops/core/rate-limit";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { readGenerationOrder } from "./generation-order.ts";

/** What `generate-video` works with. */
export interface GenerateContext extends EndpointContext {
  readonly providers: VideoProviders;
  /** Null: the rules of `video_generation` in the database, if there are any. */
  readonly generationLimits: readonly RateLimit[] | null;
  /** Where providers tell the end of a job; null: they are asked. */
  readonly webhookUrl: string | null;
  /** Waits between questions after the answer of the same order, which is being made by another request, in ms. */
  readonly inFlightWaits: readonly number[];
}

/**
 * Makes the handler of `generate-video`: an order that is carried out once for each `Idempotency-Key`. 202 with the job when the
 * provider took it. What the provider refused is refunded before it is answered.
 */
export function generateVideo(context: GenerateContext): (request: Request) => Promise<Response> {
  const { db, providers, generationLimits, trust, webhookUrl, inFlightWaits, waitUntil, log } = context;
  /** What is said in headers, beside the answer, of errors too. */
  const headersOf = new WeakMap<Request, Readonly<Record<string, string>>>();
  const handler = userEndpoint(
    context,
    { name: "generate-video", methods: ["POST"] },
    async (request, { id }) => {
      const order = await readGenerationOrder(request);
      const { modelId, idempotencyKey } = order;
      // The prompt is the user's own: it stands in the job, where deleting takes it away.
      describeRequest(request, { requestData: { model_id: modelId, idempotency_key: idempotencyKey } });
      const work = answerOf(
        () =>
          generate(
            { ...order, userId: id, ip: clientIp(request, trust), limits: generationLimits },
            {
              ...{ db, providers, log },
              ...(webhookUrl !== null && { webhookUrl: (job) => jobWebhook(webhookUrl, job) }),
            },
          ),
        inFlightWaits,
      );
      // A client that goes away stops nothing: the job is charged, and its submit must come to an end.
      waitUntil?.(work.catch(() => {}));
      const { answer, replayed } = await work.catch((error: unknown) => {
        if (isVidopsError(error) && error.details?.replayed === true) replayedErrors.add(request);
        throw error;
      });
      const body = {
        job_id: answer.jobId,
        status: answer.status,
        credits_used: answer.creditsUsed,
        credits_remaining: answer.creditsRemaining,
      };
      return jsonAnswer(body, { status: 202, headers: replayed ? replay : {} });
    },
  );
  return async (request) => {
    const response = await handler(request);
    for (const [name, value] of Object.entries(headersOf.get(request) ?? {})) response.headers.set(name, value);
    return response;
  };
}

const replay = { "x-idempotent-replay": "true" };

/** Asks again while another request with the same key is at it, so that all of them get its one answer. */
async function answerOf(
  ask: () => Promise<GenerationAccepted>,
  waits: readonly number[],
): Promise<GenerationAccepted> {
  for (const wait of waits) {
    try {
      return await ask();
    } catch (error) {
      if (!isInFlight(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  try {
    return await ask();
  } catch (error) {
    throw isInFlight(error) ? stillInFlight(error) : error;
  }
}

function isInFlight(error: unknown): error is VidopsError {
  return isVidopsError(error) && error.code === "ERR_4011";
}

function stillInFlight({ reason, message, hint, details }: VidopsError): VidopsError {
  return new VidopsError({
    ...{ code: "ERR_4011", reason, message, hint, retryable: true },
    details: { ...details, retry_after: 1 },
  });
}

function jobWebhook(base: string, { jobId, provider }: { jobId: string; provider: ProviderName }): string {
  const url = new URL(base);
  url.searchParams.set("provider", provider);
  url.searchParams.set("job", jobId);
  return url.href;
}
