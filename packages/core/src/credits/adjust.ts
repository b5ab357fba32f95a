import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import {
  type DatabaseClient,
  maxInteger,
  requireIdempotencyKey,
  requireReasonCode,
  requireUuid,
  rpc,
} from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** Whose balance to change, by how much, and why. */
export interface CreditAdjustment extends ActOptions {
  userId: string;
  /** Credits: more than 0 are added, less than 0 taken away; never 0. */
  change: number;
  /** Why, as a word to count by that the user's ledger shows, e.g. `goodwill`. */
  reasonCode?: string | null;
  /** Makes the adjustment happen at most once, for ever: the same key with the same request answers again. */
  idempotencyKey?: string | null;
}

/** An adjustment, done or (with `dryRun`) foretold. */
export interface AdjustedCredits extends Act {
  userId: string;
  email: string | null;
  /** Credits added, or below 0 taken away. */
  change: number;
  previousBalance: number;
  newBalance: number;
  /** True when this request was carried out before and only its answer was repeated. */
  replayed: boolean;
  /** On a replay of what was undone since: the act that undid it. */
  undoneBy: string | null;
}

const answer = z.object({
  ...actFields,
  user_id: z.string(),
  email: z.nullable(z.string()),
  change: z.int(),
  previous_balance: z.int(),
  new_balance: z.int(),
  replayed: z.boolean(),
  undone_by: z._default(z.nullable(z.union([z.number(), z.string()])), null),
});

/**
 * Adds credits to a balance or takes them away, never below zero: balance, ledger row and audit row in one transaction, with
 * exactly one request. What a user is given back for a job is a refund.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param adjustment user, change in credits, reason
 * @returns what happened; with `dryRun`, what would happen
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4001 insufficient_credits
 *   (`details.current_credits`) · ERR_4010 idempotency_key_reused · ERR_4015 approval_required (`details.approval_id`) ·
 *   ERR_4006 forbidden · ERR_6006 the answer was lost: repeat with the same key
 * @example
 * ```ts
 * await adjustCredits(db, { userId, change: -5, reason: "granted twice", ticket: "SUP-4711", adminUserId, idempotencyKey });
 * ```
 */
export async function adjustCredits(
  db: DatabaseClient,
  adjustment: CreditAdjustment,
): Promise<AdjustedCredits> {
  const { reasonCode, idempotencyKey } = adjustment;
  const result = await rpc(
    db,
    "admin_adjust_credits",
    {
      p_user_id: requireUuid("userId", adjustment.userId),
      p_change: requireChange(adjustment.change),
      p_reason_code: reasonCode == null ? undefined : requireReasonCode(reasonCode),
      p_idempotency_key: idempotencyKey == null ? undefined : requireIdempotencyKey(idempotencyKey),
      ...actArguments(db, adjustment),
    },
    answer,
    actCall(adjustment),
  );
  return {
    ...toAct(result),
    ...{ userId: result.user_id, email: result.email, change: result.change },
    ...{ previousBalance: result.previous_balance, newBalance: result.new_balance },
    replayed: result.replayed,
    undoneBy: result.undone_by === null ? null : String(result.undone_by),
  };
}

function requireChange(value: unknown): number {
  const hint = `Give a whole number of credits from -${maxInteger} to ${maxInteger}, but 0.`;
  if (typeof value !== "number" || Number.isNaN(value))
    throw validationError("change", "is not a number", hint);
  if (value === 0) throw validationError("change", "is 0", hint);
  if (!Number.isInteger(value)) throw validationError("change", "is not a whole number", hint);
  if (Math.abs(value) > maxInteger) throw validationError("change", "is too large", hint);
  return value;
}
