import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";
import type { ProviderName } from "../providers/index.ts";

/** Which job is to be ordered once more. */
export interface JobRetry extends ActOptions {
  /** A job that failed. */
  jobId: string;
  /** The price that somebody saw and consented to: another one by now is refused (price_changed). Default: whatever it is. */
  expectedCredits?: number | undefined;
}

/** A job that was ordered once more, or (with `dryRun`) would be. */
export interface RetriedJob extends Act {
  jobId: string;
  /** The job that was made: pending, charged, and yet to be sent to the provider. Null on a dry run. */
  newJobId: string | null;
  /** The act that did it before, when `changed` is false. */
  retriedByAction: string | null;
  userId: string;
  email: string | null;
  modelId: string;
  modelName: string;
  provider: ProviderName;
  providerModelId: string;
  prompt: string;
  settings: Record<string, unknown>;
  /** What it costs. */
  creditsUsed: number;
  previousBalance: number;
  newBalance: number;
}

const text = z.nullable(z.string());
const answer = z.object({
  ...actFields,
  ...{
    job_id: z.string(),
    new_job_id: text,
    retried_by_action: z.nullable(z.union([z.number(), z.string()])),
  },
  ...{ user_id: z.string(), email: text, model_id: z.string(), model_name: z.string() },
  provider: z.enum(["fal", "runway", "pika"]),
  ...{ provider_model_id: z.string(), prompt: text },
  settings: z.nullable(z.record(z.string(), z.unknown())),
  ...{ credits_used: z.int(), previous_balance: z.int(), new_balance: z.int() },
});

/**
 * Orders a failed job once more for its user, at today's price and without limits, with its audit row, in one request: the user
 * is charged and there is a new job, which is sent to the provider with `submitGeneration` then. One failure is ordered again once.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param retry the job, and why
 * @returns the new job; `changed` is false when it was retried before
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 job_not_found · ERR_4009 job_not_failed, job_delivered,
 *   job_deleted, order_unknown, account_handed_over, price_changed · ERR_4002 model_unavailable · ERR_4001 insufficient_credits ·
 *   ERR_4012 account_banned · ERR_4006 forbidden · ERR_6006 the answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * const { newJobId } = await retryJob(db, { jobId, reason: "the provider is back", adminUserId });
 * ```
 */
export async function retryJob(db: DatabaseClient, retry: JobRetry): Promise<RetriedJob> {
  const result = await rpc(
    db,
    "retry_job",
    {
      p_job_id: requireUuid("jobId", retry.jobId),
      p_expected_credits:
        retry.expectedCredits === undefined
          ? undefined
          : requireCount("expectedCredits", retry.expectedCredits, "credits"),
      ...actArguments(db, retry),
    },
    answer,
    actCall(retry),
  );
  const action = result.retried_by_action;
  return {
    ...toAct(result),
    ...{ jobId: result.job_id, newJobId: result.new_job_id },
    retriedByAction: action === null ? null : String(action),
    ...{
      userId: result.user_id,
      email: result.email,
      modelId: result.model_id,
      modelName: result.model_name,
    },
    ...{ provider: result.provider, providerModelId: result.provider_model_id },
    ...{ prompt: result.prompt ?? "", settings: result.settings ?? {} },
    ...{ creditsUsed: result.credits_used, previousBalance: result.previous_balance },
    newBalance: result.new_balance,
  };
}
