import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import {
  type DatabaseClient,
  requireCount,
  requireIdempotencyKey,
  requireReasonCode,
  requireUuid,
  rpc,
} from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** What to refund: a job, or an amount to a user. */
export interface RefundRequest extends ActOptions {
  /** The job whose charge is given back. Without `amount`: all that is left of it. */
  jobId?: string | null;
  /** The user, when the refund belongs to no job; needs `amount`. With a job: whom the job must belong to. */
  userId?: string | null;
  /** Credits to give back, 1 or more. */
  amount?: number | null;
  /** Why, as a word to count by, e.g. `provider_outage`. The user's ledger shows this, never `reason`. */
  reasonCode?: string | null;
  /** Makes the refund happen at most once, for ever: the same key with the same request answers again. */
  idempotencyKey?: string | null;
  /** Refund a job that is still pending or processing, which may yet deliver its video. */
  allowUnfinished?: boolean;
}

/** A refund, done or (with `dryRun`) foretold. `adminUserId` is who gave it back: on a replay the admin of the first time. */
export interface Refund extends Act {
  userId: string;
  jobId: string | null;
  /** Credits given back. */
  amount: number;
  previousBalance: number;
  newBalance: number;
  /** True when this request was carried out before and only its answer was repeated. */
  replayed: boolean;
  /** On a replay of what was undone since: the act that undid it. */
  undoneBy: string | null;
  email: string | null;
  jobStatus: string | null;
  /** What the job cost. */
  jobCreditsUsed: number | null;
  /** What was given back for the job in all, this refund included. */
  jobCreditsRefunded: number | null;
}

const text = z._default(z.nullable(z.string()), null);
const count = z._default(z.nullable(z.int()), null);
const answer = z.object({
  ...actFields,
  user_id: z.string(),
  job_id: text,
  amount: z.int(),
  previous_balance: z.int(),
  new_balance: z.int(),
  replayed: z.boolean(),
  undone_by: z._default(z.nullable(z.union([z.number(), z.string()])), null),
  email: text,
  job_status: text,
  job_credits_used: count,
  job_credits_refunded: count,
});

/**
 * Gives credits back: balance, ledger row and audit row in one transaction, with exactly one request.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param request job or user, amount in credits, reason
 * @returns what happened; with `dryRun`, what would happen
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 job_not_found, user_not_found · ERR_4009 user_job_mismatch · ERR_4013
 *   refund_exceeds_charge, nothing_to_refund (`details.refundable`) · ERR_4014 job_not_finished · ERR_4010
 *   idempotency_key_reused · ERR_4015 approval_required (`details.approval_id`) · ERR_4006 forbidden · ERR_6006 the answer was lost: repeat with the same key
 * @example
 * ```ts
 * const refund = await refundCredits(db, {
 *   jobId,
 *   reason: "The video never arrived",
 *   adminUserId,
 *   idempotencyKey: `refund-${jobId}`,
 * });
 * console.log(`${refund.previousBalance} -> ${refund.newBalance}`);
 * ```
 */
export async function refundCredits(db: DatabaseClient, request: RefundRequest): Promise<Refund> {
  const { jobId, userId, amount } = target(request);
  const result = await rpc(
    db,
    "admin_refund_credits",
    {
      p_amount: amount,
      ...actArguments(db, request),
      p_user_id: userId ?? undefined,
      p_job_id: jobId ?? undefined,
      p_idempotency_key: given(request.idempotencyKey, requireIdempotencyKey),
      p_allow_unfinished: request.allowUnfinished ?? false,
      p_reason_code: given(request.reasonCode, requireReasonCode),
    },
    answer,
    actCall(request),
  );
  return {
    ...toAct(result),
    userId: result.user_id,
    jobId: result.job_id,
    amount: result.amount,
    previousBalance: result.previous_balance,
    newBalance: result.new_balance,
    replayed: result.replayed,
    undoneBy: result.undone_by === null ? null : String(result.undone_by),
    email: result.email,
    jobStatus: result.job_status,
    jobCreditsUsed: result.job_credits_used,
    jobCreditsRefunded: result.job_credits_refunded,
  };
}

function target(request: RefundRequest): {
  jobId: string | null;
  userId: string | null;
  amount: number | null;
} {
  const { jobId = null, userId = null, amount = null } = request;
  const hint = "Name a job, or a user and an amount.";
  if (jobId === null && userId === null) throw validationError("jobId", "is missing, and so is userId", hint);
  if (jobId === null && amount === null) throw validationError("amount", "is missing", hint);
  return {
    jobId: jobId === null ? null : requireUuid("jobId", jobId),
    userId: userId === null ? null : requireUuid("userId", userId),
    amount: amount === null ? null : requireCount("amount", amount, "credits"),
  };
}

function given(value: string | null | undefined, check: (value: string) => string): string | undefined {
  return value === null || value === undefined ? undefined : check(value);
}
