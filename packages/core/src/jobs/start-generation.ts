import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { type ErrorCode, isErrorCode, isVidopsError } from "../errors/index.ts";
import type { ProviderName } from "../providers/index.ts";
import {
  type LimitState,
  limitStateRow,
  type RateLimit,
  requireLimits,
  toLimitState,
} from "../rate-limit/index.ts";
import { type GenerationStatus, generationStatus } from "./generation.ts";
import { type CheckedOrder, type GenerationOrder, requireOrder } from "./generation-order.ts";

/** A generation that has begun: it is charged, and the provider is to be called, by nobody but the caller. */
export interface GenerationStarted {
  replayed: false;
  jobId: string;
  status: "pending";
  creditsUsed: number;
  creditsRemaining: number;
  provider: ProviderName;
  /** What the provider calls the model. */
  providerModelId: string;
  /** The settings as they were stored; `image_url` among them. */
  settings: Record<string, unknown>;
  /** How the limits stand; null when there are none. */
  limits: readonly LimitState[] | null;
}

/** The stored answer of an order that was begun before with the same key. The provider is not to be called. */
export interface GenerationReplayed {
  replayed: true;
  jobId: string;
  status: GenerationStatus;
  creditsUsed: number;
  /** The balance as it was then. */
  creditsRemaining: number;
  /** Why it failed before the provider took it; null when it did not. */
  error: { code: ErrorCode; reason: string } | null;
}

const started = z.object({
  success: z.literal(true),
  replayed: z.literal(false),
  job_id: z.string(),
  status: z.literal("pending"),
  credits_used: z.int(),
  credits_remaining: z.int(),
  provider: z.enum(["fal", "runway", "pika"]),
  provider_model_id: z.string(),
  limits: z.nullable(z.array(limitStateRow)),
});
const replayed = z.object({
  success: z.literal(true),
  replayed: z.literal(true),
  job_id: z.string(),
  status_code: z.int(),
  response: z.object({
    status: generationStatus,
    credits_used: z.int(),
    credits_remaining: z.int(),
    error_code: z.optional(z.string()),
    reason: z.optional(z.string()),
  }),
});
const answer = z.discriminatedUnion("replayed", [started, replayed]);

/**
 * Begins a generation: key, ban, model, price, limits, credits, job row and ledger row in one transaction, with one request.
 * Then call the provider, and `attachGeneration` or `failGeneration`; or use `generate`, which does all three.
 *
 * @param db a client with a secret key
 * @param order user, model, prompt, key, and what the user expects to pay
 * @returns the job, or the stored answer of the same order
 * @throws VidopsError ERR_4001 insufficient_credits · ERR_4002 model_unavailable · ERR_4003 invalid_prompt · ERR_4004 rate_limited
 *   (`details.retry_after` in seconds, `details.limits`) · ERR_4007 user_not_found · ERR_4008 bad input · ERR_4009 price_changed
 *   (`details.required_credits`), account_handed_over · ERR_4010 idempotency_key_reused · ERR_4011 request_in_flight ·
 *   ERR_4012 account_banned · ERR_6006 the answer was lost: repeat with the same key
 * @example
 * ```ts
 * const job = await startGeneration(db, { userId, modelId, prompt: "A red kite", idempotencyKey });
 * if (!job.replayed) await callTheProvider(job);
 * ```
 */
export async function startGeneration(
  db: DatabaseClient,
  order: GenerationOrder,
): Promise<GenerationStarted | GenerationReplayed> {
  return await startChecked(db, requireOrder(order), order);
}

/** The same with an order that was checked. Repeated with one `attempt` (a UUID), it answers as the first time what had begun. */
export async function startChecked(
  db: DatabaseClient,
  checked: CheckedOrder,
  { ip, limits, signal }: Pick<GenerationOrder, "ip" | "limits" | "signal">,
  attempt?: string,
): Promise<GenerationStarted | GenerationReplayed> {
  const row = await rpc(
    db,
    "start_generation",
    {
      p_user_id: checked.userId,
      p_model_id: checked.modelId,
      p_prompt: checked.prompt,
      p_idempotency_key: checked.idempotencyKey,
      p_settings: checked.settings as Record<string, never>,
      p_ip: ip ?? undefined,
      p_limits: limits == null ? undefined : sentLimits(limits),
      p_expected_credits: checked.expectedCredits,
      p_attempt: attempt,
    },
    answer,
    { effect: "write", signal },
  );
  if (row.replayed) return toReplayed(row);
  return {
    replayed: false,
    jobId: row.job_id,
    status: "pending",
    creditsUsed: row.credits_used,
    creditsRemaining: row.credits_remaining,
    provider: row.provider,
    providerModelId: row.provider_model_id,
    settings: checked.settings,
    limits: row.limits?.map(toLimitState) ?? null,
  };
}

function toReplayed({ job_id, status_code, response }: z.infer<typeof replayed>): GenerationReplayed {
  const { error_code: code, reason = "generation_failed" } = response;
  return {
    replayed: true,
    jobId: job_id,
    status: response.status,
    creditsUsed: response.credits_used,
    creditsRemaining: response.credits_remaining,
    error: status_code < 400 ? null : { code: isErrorCode(code) ? code : "ERR_5002", reason },
  };
}

/**
 * Reads the limits that refused an order, e.g. for the RateLimit headers of the answer.
 *
 * @param error what `startGeneration` or `generate` threw
 * @returns how the limits stand; null for any other error
 * @example
 * ```ts
 * const limits = refusingLimits(error);
 * const headers = limits === null ? {} : rateLimitHeaders(decisionOf({ allowed: false, limits, reservation: null }, ip));
 * ```
 */
export function refusingLimits(error: unknown): readonly LimitState[] | null {
  if (!isVidopsError(error) || error.reason !== "rate_limited") return null;
  const { data } = z.array(limitStateRow).safeParse(error.details?.limits);
  return data?.map(toLimitState) ?? null;
}

/** A type alias has the index signature that JSON needs; an interface has none. */
type SentLimit = {
  name: string;
  per: string;
  key: string | null;
  max_requests: number;
  window_seconds: number;
};

function sentLimits(limits: readonly RateLimit[]): SentLimit[] {
  // None is a choice here, which `requireLimits` takes for an oversight.
  if (limits.length === 0) return [];
  return requireLimits(limits).map(({ name, per, key, maxRequests, windowSeconds }) => ({
    ...{ name, per, key },
    max_requests: maxRequests,
    window_seconds: windowSeconds,
  }));
}
