import { describeRequest } from "@vidops/core/error-log";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { type GenerationAccepted, generate, refusingLimits, type VideoProviders } from "@vidops/core/jobs";
import type { ProviderName } from "@vidops/core/providers";
import {
  clientIp,
  decisionOf,
  type LimitState,
  type RateLimit,
  rateLimitHeaders,
} from "@vidops/core/rate-limit";
import type { SettingsCheck } from "./allow-settings.ts";
import { type EndpointContext, jsonAnswer, userEndpoint } from "./endpoint.ts";
import { readGenerationOrder } from "./generation-order.ts";

/** What `generate-video` works with. */
export interface GenerateContext extends EndpointContext {
  readonly providers: VideoProviders;
  /** Null: the rules of `video_generation` in the database, if there are any. */
  readonly generationLimits: readonly RateLimit[] | null;
  /** Where providers tell the end of a job; null: they are asked. */
  readonly webhookUrl: string | null;
  readonly checkSettings: SettingsCheck;
  /** Waits between questions after the answer of the same order, which is being made by another request, in ms. */
  readonly inFlightWaits: readonly number[];
}

/**
 * Makes the handler of `generate-video`: an order that is carried out once for each `Idempotency-Key`. 202 with the job when the
 * provider took it. What the provider refused is refunded before it is answered.
 */
export function generateVideo(context: GenerateContext): (request: Request) => Promise<Response> {
  const { db, providers, generationLimits, trust, webhookUrl, inFlightWaits, checkSettings, waitUntil, log } =
    context;
  /** What is said in headers, of errors too. */
  const headersOf = new WeakMap<Request, Headers>();
  const handler = userEndpoint(
    context,
    { name: "generate-video", methods: ["POST"] },
    async (request, { id }) => {
      const order = await readGenerationOrder(request);
      const { modelId, idempotencyKey } = order;
      // The prompt is the user's own: it stands in the job, where deleting takes it away.
      describeRequest(request, { requestData: { model_id: modelId, idempotency_key: idempotencyKey } });
      const settings = checkSettings(order.settings, modelId);
      const ip = clientIp(request, trust);
      const generating = {
        ...{ db, providers, log },
        ...(webhookUrl !== null && { webhookUrl: (job: WebhookJob) => jobWebhook(webhookUrl, job) }),
      };
      const work = answerOf(
        () => generate({ ...order, settings, userId: id, ip, limits: generationLimits }, generating),
        inFlightWaits,
      );
      // A client that goes away stops nothing: the job is charged, and its submit must come to an end.
      waitUntil?.(work.catch(() => {}));
      try {
        const { answer, replayed, limits } = await work;
        headersOf.set(request, told({ replayed, limits, allowed: true, ip }));
        const body = {
          job_id: answer.jobId,
          status: answer.status,
          credits_used: answer.creditsUsed,
          credits_remaining: answer.creditsRemaining,
        };
        return jsonAnswer(body, { status: 202 });
      } catch (error) {
        const replayed = isVidopsError(error) && error.details?.replayed === true;
        headersOf.set(request, told({ replayed, limits: refusingLimits(error), allowed: false, ip }));
        throw error;
      }
    },
  );
  return async (request) => {
    const response = await handler(request);
    headersOf.get(request)?.forEach((value, name) => {
      response.headers.set(name, value);
    });
    return response;
  };
}

interface Told {
  readonly replayed: boolean;
  readonly limits: readonly LimitState[] | null;
  readonly allowed: boolean;
  readonly ip: string | null;
}

/** Whether it was answered before, and how the limits stand. */
function told({ replayed, limits, allowed, ip }: Told): Headers {
  const counted = limits !== null && limits.length > 0;
  const headers = new Headers(
    counted ? rateLimitHeaders(decisionOf({ allowed, limits, reservation: null }, ip)) : {},
  );
  if (replayed) headers.set("x-idempotent-replay", "true");
  return headers;
}

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

interface WebhookJob {
  readonly jobId: string;
  readonly provider: ProviderName;
}

function jobWebhook(base: string, { jobId, provider }: WebhookJob): string {
  const url = new URL(base);
  url.searchParams.set("provider", provider);
  url.searchParams.set("job", jobId);
  return url.href;
}
