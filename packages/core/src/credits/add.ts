import * as z from "zod/mini";
import {
  type DatabaseClient,
  requireCount,
  requireIdempotencyKey,
  requireReason,
  requireUuid,
  rpc,
} from "../database/index.ts";

/** Credits to grant. */
export interface CreditGrant {
  userId: string;
  /** Credits, 1 or more. */
  amount: number;
  /** Why, in 1 to 500 characters, e.g. `"purchase"`. */
  reason: string;
  /** The store's transaction; each one grants at most once, for ever. */
  transactionId?: string | null;
  signal?: AbortSignal | undefined;
}

/** A grant that was made. */
export interface CreditsAdded {
  creditsAdded: number;
  creditsRemaining: number;
  /** True when this transaction was granted before. */
  replayed: boolean;
}

const answer = z.object({
  success: z.literal(true),
  credits_added: z.int(),
  credits_remaining: z.int(),
  replayed: z._default(z.boolean(), false),
});

/**
 * Grants credits: a purchase, a gift. Counts as earned (`credits_total` grows), unlike a refund.
 *
 * @param db a client with a secret key
 * @param grant user, amount in credits, reason
 * @returns the new balance
 * @throws VidopsError ERR_4008 bad input · ERR_4007 user_not_found · ERR_4010 transaction_id_reused · ERR_6006
 *   the answer was lost: repeat with the same transaction id
 * @example
 * ```ts
 * const { creditsRemaining } = await addCredits(db, { userId, amount: 50, reason: "purchase", transactionId });
 * ```
 */
export async function addCredits(db: DatabaseClient, grant: CreditGrant): Promise<CreditsAdded> {
  const result = await rpc(
    db,
    "add_credits",
    {
      p_user_id: requireUuid("userId", grant.userId),
      p_amount: requireCount("amount", grant.amount, "credits"),
      p_reason: requireReason(grant.reason),
      p_transaction_id:
        grant.transactionId == null ? undefined : requireIdempotencyKey(grant.transactionId, "transactionId"),
    },
    answer,
    { effect: "write", signal: grant.signal },
  );
  return {
    creditsAdded: result.credits_added,
    creditsRemaining: result.credits_remaining,
    replayed: result.replayed,
  };
}
