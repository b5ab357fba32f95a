import type {
  CallOptions,
  CancelOutcome,
  ProviderCapabilities,
  ProviderJob,
  ProviderJobEnd,
  ProviderJobState,
  SubmitRequest,
  SubmittedJob,
  VideoProvider,
} from "../provider.ts";
import { bodyFaultOf, type ProviderAnswer, requestIdOf } from "../provider-answer.ts";
import { createProviderClient, type ProviderClient } from "../provider-client.ts";
import { faultOfStatus, faults } from "../provider-fault.ts";
import { httpSettings, type ProviderOptions } from "../provider-http.ts";
import { inputJson, isJobId, ownWords, requireJob, requireKey, requireRequest } from "../provider-input.ts";
import type { ProviderName } from "../provider-name.ts";
import {
  costOf,
  type FalFailure,
  failureOf,
  faultOfAnswer,
  faultOfFailure,
  isCancelled,
  isJobVerdict,
  isTooLate,
  readStatus,
  readSubmitted,
  tellsFailure,
  videoUrlOf,
} from "./fal-answers.ts";
import { lookUpRequests, platformOrigin } from "./fal-look-up.ts";
import { falInput, isOwn, jobUrl, queueOrigin } from "./fal-requests.ts";
import { createWebhookVerifier, requireAccount } from "./fal-webhook.ts";
import { createWebhookKeys, keysOrigin } from "./webhook-keys.ts";

/** How fal's queue is used. */
export interface FalOptions extends ProviderOptions {
  /**
   * False: a run that fal loses fails, instead of being begun anew by fal (up to 10 times; runs that end in 5xx are not
   * charged). Default true.
   *
   * @see https://fal.ai/docs/documentation/serverless/reliability/retries.md
   */
  readonly retriesAtFal?: boolean | undefined;
  /**
   * The account whose webhooks count, as fal writes it in `X-Fal-Webhook-User-Id` (`accountId` of an event tells yours).
   * fal signs the webhooks of all its customers with the same keys: without it, anybody's are genuine.
   */
  readonly webhookUserId?: string | undefined;
}

/** What fal's queue offers. */
export const falCapabilities: ProviderCapabilities = {
  idempotentSubmit: false,
  cancel: "requested",
  webhooks: true,
  lookUp: true,
  progress: false,
  queuePosition: true,
  cost: "after",
  leastPollInterval: null,
};

const requestIdHeaders = ["x-fal-request-id"];

const HINT =
  "Do not submit it again before it is known: its webhook, if it was given one, will name it; or give the same request and details.lookup to lookUp. None found does not prove that there is none.";

/**
 * Makes a provider over fal's queue, for all models or for some.
 *
 * @param name what the provider is called
 * @param models what its names of models look like
 * @param options key and settings
 * @returns the provider
 * @throws ValidationError ERR_4008 for a malformed key, account or time
 * @see https://fal.ai/docs/documentation/model-apis/inference/queue.md
 */
export function createFalQueue(name: ProviderName, models: RegExp, options: FalOptions): VideoProvider {
  const apiKey = requireKey(options.apiKey);
  const settings = httpSettings(options.http);
  const own = {
    name,
    apiKey,
    requestIdHeaders,
    lostSubmit: { hint: HINT, lookUp: true },
    settings,
  };
  const client = createProviderClient({
    ...own,
    headers: { Authorization: `Key ${apiKey}` },
    origins: [queueOrigin, platformOrigin],
  });
  // Public keys are asked for without showing ours.
  const publicClient = createProviderClient({ ...own, headers: {}, origins: [keysOrigin] });
  const account = requireAccount(options.webhookUserId);
  const keys = createWebhookKeys(publicClient, settings.wallClock);
  return {
    name,
    capabilities: falCapabilities,
    submit: async (request, { signal } = {}) => {
      requireRequest(request, models);
      return await submit(client, request, options.retriesAtFal ?? true, signal);
    },
    status: async (job, { signal } = {}) => {
      requireJob(job, name, models);
      return await status(client, job, signal);
    },
    cancel: async (job, { signal } = {}) => {
      requireJob(job, name, models);
      return await cancel(client, job, signal);
    },
    verifyWebhook: createWebhookVerifier(client, keys, settings, account),
    lookUp: async (request, window, { signal } = {}) => {
      requireRequest(request, models);
      return await lookUpRequests(client, request, window, signal);
    },
  };
}

type Signal = CallOptions["signal"];

async function submit(
  client: ProviderClient,
  request: SubmitRequest,
  retriesAtFal: boolean,
  signal: Signal,
): Promise<SubmittedJob> {
  const { model, webhookUrl } = request;
  const query = webhookUrl === undefined ? "" : `?fal_webhook=${encodeURIComponent(webhookUrl)}`;
  const written = ownWords(request);
  const answer = await client.send({
    operation: "submit",
    method: "POST",
    url: `${queueOrigin}/${model}${query}`,
    headers: retriesAtFal ? {} : { "X-Fal-No-Retry": "1" },
    json: inputJson(falInput(request)),
    signal,
    written,
  });
  if (answer.status < 200 || answer.status >= 300) {
    const fault = faultOfAnswer(answer) ?? faultOfStatus(answer.status, "model_not_found");
    throw client.fail("submit", fault, { answer, written });
  }
  const data = readSubmitted(answer.json);
  if (data === undefined || !isJobId(data.request_id)) {
    throw client.fail("submit", bodyFaultOf(answer), { answer, written });
  }
  const id = data.request_id;
  const own = (url: string | null | undefined): string | undefined => (isOwn(url, id) ? url : undefined);
  const urls = {
    status: own(data.status_url),
    result: own(data.response_url),
    cancel: own(data.cancel_url),
  };
  return {
    job: { provider: client.name, id, model, urls },
    position: data.queue_position,
    cost: null,
    requestId: requestIdOf(answer.headers, requestIdHeaders) ?? id,
  };
}

async function status(client: ProviderClient, job: ProviderJob, signal: Signal): Promise<ProviderJobState> {
  const answer = await client.send({
    operation: "status",
    method: "GET",
    url: jobUrl(job, "status"),
    signal,
  });
  // 202 while it is queued or runs, 200 at the end; the word in the body counts.
  if (answer.status !== 200 && answer.status !== 202) throw refusal(client, "status", answer);
  const data = readStatus(answer.json);
  if (data === undefined) throw client.fail("status", bodyFaultOf(answer), { answer });
  if (data.status === "IN_QUEUE") return { status: "queued", position: data.queue_position, cost: null };
  if (data.status === "IN_PROGRESS") return { status: "processing", progress: null, cost: null };
  if (data.status !== "COMPLETED") throw client.fail("status", faults.unknown_status, { answer });
  // There is no word for a failure: the result tells why, and a request that ran out of time or runners says so here.
  const failed = tellsFailure(data);
  const told = failureOf(null, answer.json);
  if (failed && told.types.length > 0) return endOfFailure(client, answer, told);
  return await result(client, job, data.response_url ?? null, failed, signal);
}

async function result(
  client: ProviderClient,
  job: ProviderJob,
  url: string | null,
  failed: boolean,
  signal: Signal,
): Promise<ProviderJobState> {
  const answer = await client.send({
    operation: "status",
    method: "GET",
    url: jobUrl(job, "result", url),
    isVerdict: isJobVerdict,
    signal,
  });
  if (answer.status >= 200 && answer.status < 300 && !failed) {
    const videoUrl = videoUrlOf(answer.json);
    if (videoUrl === null) throw client.fail("status", bodyFaultOf(answer), { answer });
    return {
      status: "completed",
      videoUrl,
      // A setting of the account decides.
      lifetime: { atLeast: null, atMost: null },
      cost: costOf(answer.headers),
    };
  }
  if (answer.status === 400 && /still in progress/i.test(answer.text)) {
    return { status: "processing", progress: null, cost: null };
  }
  if (isJobVerdict(answer)) {
    const failure = failureOf(answer.status, answer.json, answer.headers.get("x-fal-error-type"));
    return endOfFailure(client, answer, failure);
  }
  // The status told it, and this answer does not say why: the result is gone or never came.
  if (failed && !isHindrance(answer.status)) {
    return endOfFailure(client, answer, { status: null, types: [] });
  }
  throw refusal(client, "status", answer);
}

/** Whether asking again may yet tell the reason. */
function isHindrance(status: number): boolean {
  return [401, 402, 403, 408, 429].includes(status) || status < 200 || (status >= 300 && status < 400);
}

/** How a job ended that made no video. */
function endOfFailure(client: ProviderClient, answer: ProviderAnswer, failure: FalFailure): ProviderJobEnd {
  const cost = costOf(answer.headers);
  if (isCancelled(failure)) return { status: "cancelled", cost };
  const details = { error_types: failure.types };
  return { status: "failed", error: client.fail("job", faultOfFailure(failure), { answer, details }), cost };
}

async function cancel(client: ProviderClient, job: ProviderJob, signal: Signal): Promise<CancelOutcome> {
  const answer = await client.send({
    operation: "cancel",
    method: "PUT",
    url: jobUrl(job, "cancel"),
    signal,
  });
  if (isTooLate(answer)) return "too_late";
  if (answer.status >= 200 && answer.status < 300) return "requested";
  throw refusal(client, "cancel", answer);
}

function refusal(client: ProviderClient, operation: "status" | "cancel", answer: ProviderAnswer): Error {
  const fault = faultOfAnswer(answer) ?? faultOfStatus(answer.status, "job_not_found");
  return client.fail(operation, fault, { answer });
}
