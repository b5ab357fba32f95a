import * as z from "zod/mini";
import {
  type DatabaseClient,
  requireCount,
  requireIdempotencyKey,
  requireReason,
  requireUuid,
  rpc,
} from "../database/index.ts";

/** Credits to take. */
export interface CreditCharge {
  userId: string;
  /** Credits, 1 or more. */
  amount: number;
  /** Why, in 1 to 500 characters. Default in SQL: `video_generation`. */
  reason?: string | null;
  /** The job that is paid for. */
  jobId?: string | null;
  /** Makes the charge happen at most once. */
  idempotencyKey?: string | null;
  signal?: AbortSignal | undefined;
}

/** A charge that was made. */
export interface CreditsDeducted {
  creditsRemaining: number;
  /** True when this request was carried out before and only its answer was repeated. */
  replayed: boolean;
}

const answer = z.object({
  success: z.literal(true),
  credits_remaining: z.int(),
  replayed: z._default(z.boolean(), false),
});

/**
 * Takes credits from a user, if there are enough, with their ledger row in one transaction.
 *
 * @param db a client with a secret key
 * @param charge user, amount in credits, and what for
 * @returns the new balance
 * @throws VidopsError ERR_4001 insufficient_credits (`details.current_credits`, `details.required_credits`) ·
 *   ERR_4008 bad input · ERR_4007 user_not_found, job_not_found · ERR_4012 account_banned · ERR_4010
 *   idempotency_key_reused · ERR_6006 the answer was lost: repeat with the same key
 * @example
 * ```ts
 * const { creditsRemaining } = await deductCredits(db, { userId, amount: 4, jobId, idempotencyKey: requestId });
 * ```
 */
export async function deductCredits(db: DatabaseClient, charge: CreditCharge): Promise<CreditsDeducted> {
  const result = await rpc(
    db,
    "deduct_credits",
    {
      p_user_id: requireUuid("userId", charge.userId),
      p_amount: requireCount("amount", charge.amount, "credits"),
      p_reason: charge.reason == null ? undefined : requireReason(charge.reason),
      p_job_id: charge.jobId == null ? undefined : requireUuid("jobId", charge.jobId),
      p_idempotency_key:
        charge.idempotencyKey == null ? undefined : requireIdempotencyKey(charge.idempotencyKey),
    },
    answer,
    { effect: "write", signal: charge.signal },
  );
  return { creditsRemaining: result.credits_remaining, replayed: result.replayed };
}
