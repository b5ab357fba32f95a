import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";

/** A user's ledger against the balance. */
export interface LedgerProof {
  userId: string;
  email: string | null;
  /** The sum of all changes. */
  ledgerSum: number;
  /** What the newest entry says the balance was; null without entries. */
  lastBalanceAfter: number | null;
  creditsRemaining: number;
  entries: number;
}

/** A job that was refunded while unfinished and completed afterwards. */
export interface FreeVideo {
  jobId: string;
  userId: string | null;
  creditsRefunded: number;
  /** When it was refunded unfinished, ISO 8601 UTC. */
  refundedAt: string | null;
  /** When it completed after all, ISO 8601 UTC. */
  completedAt: string | null;
}

/** One page of the audit. */
export interface CreditAudit {
  usersChecked: number;
  usersDrifted: number;
  /** The users whose ledger and balance differ. */
  drift: LedgerProof[];
  /** The proof of the one user that was asked for, else null. */
  user: (LedgerProof & { ok: boolean }) | null;
  /** On the first page only, and at most as many as the database sends. */
  freeVideos: FreeVideo[];
  freeVideosCount: number;
  /** For the next page; null on the last one. */
  nextCursor: string | null;
}

const proof = z.object({
  user_id: z.string(),
  email: z._default(z.nullable(z.string()), null),
  ledger_sum: z.int(),
  last_balance_after: z._default(z.nullable(z.int()), null),
  credits_remaining: z.int(),
  entries: z.int(),
});
const proofOfOne = z.extend(proof, { ok: z.boolean() });
const freeVideo = z.object({
  job_id: z.string(),
  user_id: z._default(z.nullable(z.string()), null),
  credits_refunded: z.int(),
  refunded_at: z._default(z.nullable(z.string()), null),
  completed_at: z._default(z.nullable(z.string()), null),
});
const answer = z.object({
  success: z.literal(true),
  users_checked: z.int(),
  users_drifted: z.int(),
  next_after: z._default(z.nullable(z.string()), null),
  drift: z._default(z.nullable(z.array(proof)), null),
  user: z._default(z.nullable(proofOfOne), null),
  free_videos: z._default(z.nullable(z.array(freeVideo)), null),
  free_videos_count: z._default(z.nullable(z.int()), null),
});

/**
 * Proves ledgers: for each user the sum of changes, the newest `balance_after` and the balance must be equal.
 *
 * @param db a client of an admin or with a secret key
 * @param query one user, or a page of all: `limit` users (1 to 10 000, default 1000) after `cursor`
 * @returns one page
 * @throws VidopsError ERR_4008 bad input · ERR_4007 user_not_found · ERR_4006 forbidden
 * @example
 * ```ts
 * const { user } = await auditCredits(db, { userId });
 * if (user?.ok === false) console.warn(`ledger ${user.ledgerSum}, balance ${user.creditsRemaining}`);
 * ```
 */
export async function auditCredits(
  db: DatabaseClient,
  query: {
    userId?: string | null;
    limit?: number;
    cursor?: string | null;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<CreditAudit> {
  const result = await rpc(
    db,
    "audit_credits",
    {
      p_user_id: query.userId == null ? undefined : requireUuid("userId", query.userId),
      p_limit: query.limit === undefined ? undefined : requireCount("limit", query.limit, "users", 10_000),
      p_after: query.cursor == null ? undefined : requireUuid("cursor", query.cursor),
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    usersChecked: result.users_checked,
    usersDrifted: result.users_drifted,
    drift: (result.drift ?? []).map(toProof),
    user: result.user === null ? null : { ...toProof(result.user), ok: result.user.ok },
    freeVideos: (result.free_videos ?? []).map((video) => ({
      jobId: video.job_id,
      userId: video.user_id,
      creditsRefunded: video.credits_refunded,
      refundedAt: utc(video.refunded_at),
      completedAt: utc(video.completed_at),
    })),
    freeVideosCount: result.free_videos_count ?? 0,
    nextCursor: result.next_after,
  };
}

function toProof(user: z.infer<typeof proof>): LedgerProof {
  return {
    userId: user.user_id,
    email: user.email,
    ledgerSum: user.ledger_sum,
    lastBalanceAfter: user.last_balance_after,
    creditsRemaining: user.credits_remaining,
    entries: user.entries,
  };
}

function utc(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
