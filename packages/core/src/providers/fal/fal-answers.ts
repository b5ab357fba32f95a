import * as z from "zod/mini";
import type { ProviderCost } from "../provider.ts";
import type { ProviderAnswer } from "../provider-answer.ts";
import { faults, type ProviderFault } from "../provider-fault.ts";

const text = z.optional(z.nullable(z.string()));
/** What does not matter enough to lose a job for it. */
const position = z.catch(z.nullable(z.int().check(z.nonnegative())), null);

const submitted = z.looseObject({
  request_id: z.string(),
  status_url: text,
  response_url: text,
  cancel_url: text,
  queue_position: position,
});

/** The answer to a submit. */
export interface FalSubmitted {
  readonly request_id: string;
  readonly status_url?: string | null | undefined;
  readonly response_url?: string | null | undefined;
  readonly cancel_url?: string | null | undefined;
  readonly queue_position: number | null;
}

/** @see https://fal.ai/docs/documentation/model-apis/inference/queue.md */
export function readSubmitted(json: unknown): FalSubmitted | undefined {
  return submitted.safeParse(json).data;
}

const status = z.looseObject({
  status: z.string(),
  response_url: text,
  queue_position: position,
  error: z.optional(z.unknown()),
  error_type: z.optional(z.unknown()),
});

/** The answer to the question how a request stands. */
export interface FalStatus {
  readonly status: string;
  readonly response_url?: string | null | undefined;
  readonly queue_position: number | null;
  readonly error?: unknown;
  readonly error_type?: unknown;
}

/** @see https://fal.ai/docs/documentation/model-apis/inference/queue.md */
export function readStatus(json: unknown): FalStatus | undefined {
  return status.safeParse(json).data;
}

const cancelled = z.looseObject({
  status: z.catch(z.optional(z.string()), undefined),
  success: z.catch(z.optional(z.boolean()), undefined),
});

/**
 * True when a cancel came too late; the page and the models' own OpenAPI say it differently. Of other statuses the body
 * says nothing of the job: `success: false` may stand in any refusal.
 *
 * @see https://fal.ai/docs/inference-api/queue/cancel
 */
export function isTooLate({ status, json }: Pick<ProviderAnswer, "status" | "json">): boolean {
  if (status !== 400 && (status < 200 || status >= 300)) return false;
  const { data } = cancelled.safeParse(json);
  return data?.status === "ALREADY_COMPLETED" || data?.success === false;
}

const videoResult = z.looseObject({
  video: z.looseObject({ url: z.url({ protocol: /^https$/ }) }),
});

/** The URL in what models that make videos answer; null for anything else. */
export function videoUrlOf(json: unknown): string | null {
  return videoResult.safeParse(json).data?.video.url ?? null;
}

const modelErrors = z.looseObject({
  detail: z.catch(z.optional(z.array(z.looseObject({ type: z.catch(z.string(), "unknown") }))), undefined),
  error_type: z.catch(z.optional(z.string()), undefined),
});

/** What is known of why a job failed. */
export interface FalFailure {
  /** The HTTP status that the model answered; null when not told. */
  readonly status: number | null;
  /** `type` of the errors, the first ten. */
  readonly types: readonly string[];
}

/**
 * Reads why a job failed.
 *
 * @param status the model's own HTTP status, or null
 * @param body of the result, of the status or of a webhook
 * @param header `X-Fal-Error-Type`, or null
 * @returns the types of its errors
 * @see https://fal.ai/docs/documentation/model-apis/errors.md, https://fal.ai/docs/documentation/model-apis/request-errors.md
 */
export function failureOf(status: number | null, body: unknown, header: string | null = null): FalFailure {
  const { data } = modelErrors.safeParse(body);
  const types = [...(data?.detail ?? []).map(({ type }) => type), data?.error_type, header];
  const known = types.filter((type) => typeof type === "string" && /^[\w.-]{1,80}$/.test(type)) as string[];
  return { status, types: [...new Set(known)].slice(0, 10) };
}

// They speak of the key, the account, the address or the moment, whatever type they come with: the job may have completed.
const NEVER_A_VERDICT: readonly number[] = [401, 402, 403, 404, 408, 410, 429];
// A gateway answers them as well; fal's own come with JSON that says more.
const VERDICT_IF_EXPLAINED: readonly number[] = [400, 413, 415, 422];

const explained = z.looseObject({ detail: z.optional(z.unknown()), error_type: z.optional(z.unknown()) });

/** True when the answer to the question for a result is the model's own, so that the job is over. */
export function isJobVerdict({ status, headers, json }: ProviderAnswer): boolean {
  if (status < 400 || NEVER_A_VERDICT.includes(status)) return false;
  if (status === 499) return true;
  if (VERDICT_IF_EXPLAINED.includes(status)) {
    const { data } = explained.safeParse(json);
    return data?.detail != null || data?.error_type != null;
  }
  return failureOf(status, json, headers.get("x-fal-error-type")).types.length > 0;
}

/** True when a status that is COMPLETED tells that there will be no result: by words, or by an object with a type. */
export function tellsFailure({ error, error_type: type }: FalStatus): boolean {
  if (typeof error === "string") return error.trim() !== "";
  return typeof error === "object" && error !== null && typeof type === "string" && type !== "";
}

/** True when nobody wants the job any more. */
export function isCancelled({ status, types }: FalFailure): boolean {
  return status === 499 || types.includes("client_cancelled");
}

/** What a failure means. The type is asked first: `downstream_service_error` comes with 400. */
export function faultOfFailure({ status, types }: FalFailure): ProviderFault {
  const some = (pattern: RegExp): boolean => types.some((type) => pattern.test(type));
  if (some(/^content_policy_violation$/)) return faults.content_policy;
  if (some(/_timeout$/) && !some(/^runner_/)) return faults.job_timeout;
  if (some(/^(?:runner|internal|downstream)_/)) return faults.job_broken;
  if (status === 504) return faults.job_timeout;
  return status !== null && status >= 400 && status < 500 ? faults.invalid_request : faults.job_broken;
}

/** What an answer that is no result means: to a submit, or to a question that went wrong itself. */
export function faultOfAnswer({ status, json, text: body }: ProviderAnswer): ProviderFault | null {
  if (status === 403 && /exhausted balance|user is locked/i.test(body)) return faults.out_of_credits;
  if (status === 422 && failureOf(status, json).types.includes("content_policy_violation")) {
    return faults.content_policy;
  }
  return null;
}

/**
 * What a request used, as the result's header says: units, not money.
 *
 * @see https://fal.ai/docs/documentation/model-apis/common-parameters.md
 */
export function costOf(headers: Headers): ProviderCost | null {
  const units = headers.get("x-fal-billable-units");
  if (units === null || !/^\d{1,12}(?:\.\d{1,9})?$/.test(units)) return null;
  return { amount: Number(units), unit: "billable_units", usd: null, final: true };
}
