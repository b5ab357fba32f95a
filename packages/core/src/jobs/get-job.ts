import * as z from "zod/mini";
import { type DatabaseClient, isoTime, requireUuid, rpc } from "../database/index.ts";
import { timeOrNull, toWholeJob, type WholeJob, wholeJobRow } from "./operator-job.ts";

/** A job with all that belongs to it. */
export interface JobStory {
  job: WholeJob;
  user: { isGuest: boolean; creditsRemaining: number; bannedAt: string | null; handedOverTo: string | null };
  /** As the model is now. */
  model: { isAvailable: boolean; costPerGeneration: number } | null;
  /** The newest 100 at most, the oldest first. */
  ledger: JobEntry[];
  /** What admins did to it: the newest 100 at most, the oldest first. */
  actions: JobAction[];
  /** The request that ordered it, while its key is kept. */
  key: JobKey | null;
  /** The job that `retryJob` made of it. */
  retriedAs: string | null;
}

/** A row of the ledger. */
export interface JobEntry {
  id: string;
  createdAt: string;
  userId: string;
  /** In credits; negative for a charge. */
  change: number;
  balanceAfter: number | null;
  reason: string;
  /** The act that it belongs to. */
  adminActionId: string | null;
}

/** What an admin did. */
export interface JobAction {
  id: string;
  createdAt: string;
  actionType: string;
  adminUserId: string | null;
  adminEmail: string | null;
  amount: number | null;
  reason: string;
  ticket: string | null;
  undoneBy: string | null;
}

/** An idempotency key. */
export interface JobKey {
  createdAt: string;
  expiresAt: string;
  /** The HTTP status of the stored answer; null while there is none. */
  statusCode: number | null;
}

/** What stands for an answer that is not there yet. @see RFC 2518, section 10.1 */
const inFlight = 102;

const text = z.nullable(z.string());
const answer = z.object({
  success: z.literal(true),
  job: wholeJobRow,
  user: z.object({
    is_guest: z.boolean(),
    credits_remaining: z.int(),
    banned_at: text,
    handed_over_to: text,
  }),
  model: z.nullable(z.object({ is_available: z.boolean(), cost_per_generation: z.int() })),
  ledger: z.array(
    z.object({
      ...{ id: z.string(), created_at: z.string(), user_id: z.string(), change: z.int() },
      ...{ balance_after: z.nullable(z.int()), reason: text, admin_action_id: text },
    }),
  ),
  actions: z.array(
    z.object({
      ...{ id: z.string(), created_at: z.string(), action_type: z.string() },
      ...{ admin_user_id: text, admin_email: text, amount: z.nullable(z.int()) },
      ...{ reason: text, ticket: text, undone_by: text },
    }),
  ),
  key: z.nullable(
    z.object({ created_at: z.string(), expires_at: z.string(), status_code: z.nullable(z.int()) }),
  ),
  retried_as: text,
});

/**
 * Reads a job whole, with its money, its audit and its key, in one request.
 *
 * @param db a client of an admin, or with a secret key
 * @param jobId the job
 * @param options a signal
 * @returns the job and all that belongs to it
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 job_not_found · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { job, ledger } = await getJob(db, jobId);
 * ```
 */
export async function getJob(
  db: DatabaseClient,
  jobId: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<JobStory> {
  const found = await rpc(db, "get_job", { p_job_id: requireUuid("jobId", jobId) }, answer, {
    effect: "read",
    signal: options.signal,
  });
  return {
    job: toWholeJob(found.job),
    user: {
      isGuest: found.user.is_guest,
      creditsRemaining: found.user.credits_remaining,
      bannedAt: timeOrNull(found.user.banned_at),
      handedOverTo: found.user.handed_over_to,
    },
    model: found.model && {
      isAvailable: found.model.is_available,
      costPerGeneration: found.model.cost_per_generation,
    },
    ledger: found.ledger.map((row) => ({
      ...{ id: row.id, createdAt: isoTime(row.created_at), userId: row.user_id, change: row.change },
      ...{ balanceAfter: row.balance_after, reason: row.reason ?? "", adminActionId: row.admin_action_id },
    })),
    actions: found.actions.map((row) => ({
      ...{ id: row.id, createdAt: isoTime(row.created_at), actionType: row.action_type },
      ...{ adminUserId: row.admin_user_id, adminEmail: row.admin_email, amount: row.amount },
      ...{ reason: row.reason ?? "", ticket: row.ticket, undoneBy: row.undone_by },
    })),
    key: found.key && {
      createdAt: isoTime(found.key.created_at),
      expiresAt: isoTime(found.key.expires_at),
      statusCode: found.key.status_code === inFlight ? null : found.key.status_code,
    },
    retriedAs: found.retried_as,
  };
}
