import { validationError } from "../errors/index.ts";
import type {
  CallOptions,
  CancelOutcome,
  ProviderCapabilities,
  ProviderJob,
  ProviderJobState,
  SubmitRequest,
  SubmittedJob,
  VideoProvider,
} from "./provider.ts";
import { bodyFaultOf, type ProviderAnswer, requestIdOf } from "./provider-answer.ts";
import { createProviderClient, type ProviderClient } from "./provider-client.ts";
import type { ProviderError } from "./provider-error.ts";
import { faultOfStatus, faults } from "./provider-fault.ts";
import { httpSettings, type ProviderOptions } from "./provider-http.ts";
import { inputJson, isJobId, ownWords, requireJob, requireKey, requireRequest } from "./provider-input.ts";
import {
  costOf,
  faultOfAnswer,
  faultOfFailureCode,
  readCreatedTask,
  readTask,
  videoUrlOf,
} from "./runway-answers.ts";

const origin = "https://api.dev.runwayml.com";
/** @see https://docs.dev.runwayml.com/api-details/versioning */
const version = "2024-11-06";
const models = /^[a-z0-9][\w.-]*$/i;

const capabilities: ProviderCapabilities = {
  idempotentSubmit: false,
  cancel: "deletes",
  webhooks: false,
  lookUp: false,
  progress: true,
  queuePosition: false,
  cost: "estimate_and_final",
  leastPollInterval: 5_000,
};

// None is documented; these are what its kind of server sends.
const requestIdHeaders = ["x-request-id", "cf-ray"];

const HINT =
  "Do not submit it again before it is known: Runway lists no tasks, but a person can look at Request History in its developer portal.";

/**
 * Makes the provider Runway.
 *
 * @param options `apiKey` is a key of Runway's developer portal
 * @returns the provider; it has no webhooks and no look-up
 * @throws ValidationError ERR_4008 for a malformed key or time
 * @see https://docs.dev.runwayml.com/api/
 * @example
 * ```ts
 * const runway = createRunway({ apiKey });
 * const settings = { ratio: "1280:720", duration: 5 };
 * const { job, cost } = await runway.submit({ model: "gen4.5", prompt: "A red kite", settings });
 * ```
 */
export function createRunway(options: ProviderOptions): VideoProvider {
  const apiKey = requireKey(options.apiKey);
  const client = createProviderClient({
    name: "runway",
    apiKey,
    headers: { Authorization: `Bearer ${apiKey}`, "X-Runway-Version": version },
    origins: [origin],
    requestIdHeaders,
    lostSubmit: { hint: HINT, lookUp: false },
    settings: httpSettings(options.http),
  });
  return {
    name: "runway",
    capabilities,
    submit: async (request, { signal } = {}) => {
      requireRequest(request, models);
      if (request.webhookUrl !== undefined) {
        throw validationError("webhookUrl", "is not offered by runway", "Ask with status.");
      }
      return await submit(client, request, signal);
    },
    status: async (job, { signal } = {}) => {
      requireJob(job, "runway", models);
      return await status(client, job, "status", signal);
    },
    cancel: async (job, { signal } = {}) => {
      requireJob(job, "runway", models);
      return await cancel(client, job, signal);
    },
    verifyWebhook: async () => {
      throw unsupported(client, "webhook", "sends no webhooks");
    },
    lookUp: async () => {
      throw unsupported(client, "look_up", "lists no tasks, so a lost submit cannot be looked for");
    },
  };
}

type Signal = CallOptions["signal"];

/** @see https://docs.dev.runwayml.com/api/ "Generate a video from text", "… from an image" */
async function submit(client: ProviderClient, request: SubmitRequest, signal: Signal): Promise<SubmittedJob> {
  const { model, prompt, imageUrl, settings } = request;
  const input = {
    ...settings,
    model,
    ...(prompt !== undefined && { promptText: prompt }),
    ...(imageUrl !== undefined && { promptImage: imageUrl }),
  };
  const path = "promptImage" in input ? "image_to_video" : "text_to_video";
  const written = ownWords(request);
  const answer = await client.send({
    operation: "submit",
    method: "POST",
    url: `${origin}/v1/${path}`,
    json: inputJson(input),
    signal,
    written,
  });
  if (answer.status < 200 || answer.status >= 300) {
    const fault = faultOfAnswer(answer) ?? faultOfStatus(answer.status, "model_not_found");
    throw client.fail("submit", fault, { answer, written });
  }
  const data = readCreatedTask(answer.json);
  if (data === undefined || !isJobId(data.id))
    throw client.fail("submit", bodyFaultOf(answer), { answer, written });
  return {
    job: { provider: "runway", id: data.id, model },
    position: null,
    cost: costOf(data),
    requestId: requestIdOf(answer.headers, requestIdHeaders),
  };
}

const taskUrl = (job: ProviderJob): string => `${origin}/v1/tasks/${job.id}`;

/** @see https://docs.dev.runwayml.com/api/ "Get task detail", https://docs.dev.runwayml.com/assets/outputs */
async function status(
  client: ProviderClient,
  job: ProviderJob,
  operation: "status" | "cancel",
  signal: Signal,
): Promise<ProviderJobState> {
  const answer = await client.send({ operation, method: "GET", url: taskUrl(job), signal });
  if (answer.status !== 200) throw refusal(client, operation, answer);
  const data = readTask(answer.json);
  // An answer about another task is no answer.
  if (data?.id !== job.id) throw client.fail(operation, bodyFaultOf(answer), { answer });
  const cost = costOf(data);
  switch (data.status) {
    case "PENDING":
    case "THROTTLED":
      return { status: "queued", position: null, cost };
    case "RUNNING":
      return { status: "processing", progress: data.progress, cost };
    case "SUCCEEDED": {
      const videoUrl = videoUrlOf(data);
      if (videoUrl === null) throw client.fail(operation, bodyFaultOf(answer), { answer });
      return {
        status: "completed",
        videoUrl,
        lifetime: { atLeast: 86_400, atMost: 172_800 },
        cost,
      };
    }
    case "FAILED": {
      const code = data.failureCode ?? null;
      const details = { failure_code: code?.slice(0, 100) ?? null };
      return {
        status: "failed",
        error: client.fail("job", faultOfFailureCode(code), { answer, details }),
        cost,
      };
    }
    case "CANCELLED":
      return { status: "cancelled", cost };
    default:
      throw client.fail(operation, faults.unknown_status, { answer });
  }
}

/** @see https://docs.dev.runwayml.com/api/ "Cancel or delete a task" */
async function cancel(client: ProviderClient, job: ProviderJob, signal: Signal): Promise<CancelOutcome> {
  // The same request deletes what is finished, video and all: look first.
  const state = await status(client, job, "cancel", signal);
  if (state.status === "cancelled") return "cancelled";
  if (state.status === "completed" || state.status === "failed") return "too_late";
  // Once: a second one might meet a task that has finished meanwhile. Whoever calls again looks again.
  const answer = await client.send({
    operation: "cancel",
    method: "DELETE",
    url: taskUrl(job),
    once: true,
    signal,
  });
  // Gone already is what was wanted.
  if ((answer.status >= 200 && answer.status < 300) || answer.status === 404) return "cancelled";
  throw refusal(client, "cancel", answer);
}

function refusal(
  client: ProviderClient,
  operation: "status" | "cancel",
  answer: ProviderAnswer,
): ProviderError {
  const fault = faultOfAnswer(answer) ?? faultOfStatus(answer.status, "job_not_found");
  return client.fail(operation, fault, { answer });
}

function unsupported(
  client: ProviderClient,
  operation: "webhook" | "look_up",
  message: string,
): ProviderError {
  return client.fail(operation, {
    code: "ERR_6003",
    reason: "unsupported",
    message,
    hint: "Ask `capabilities` before calling it; nothing was sent.",
  });
}
