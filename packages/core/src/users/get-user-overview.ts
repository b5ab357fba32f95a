import * as z from "zod/mini";
import { type DatabaseClient, isoTime, requireCount, requireUuid, rpc } from "../database/index.ts";
import { type FoundUser, toUser, userFields } from "./user.ts";

/** A user as support sees one. Lists are newest first. */
export interface UserOverview {
  user: FoundUser & { deviceId: string | null; publicBanReason: string | null };
  /** Who banned the user and why, as the audit has it; null when not banned, or not by an admin. */
  ban: OverviewBan | null;
  proof: RecentProof;
  ledger: OverviewEntry[];
  jobs: {
    /** How many were looked at: the newest 1,000 at most. */
    counted: number;
    /** False when there are older ones, which are not counted. */
    whole: boolean;
    byStatus: { pending: number; processing: number; completed: number; failed: number };
    latest: OverviewJob[];
  };
  actions: {
    /** False when refunds of more than the newest 1,000 acts are not counted. */
    whole: boolean;
    /** Refunds by admins that were not undone. */
    refunds: { count: number; credits: number };
    latest: OverviewAction[];
  };
  /** Requests about this user that wait for a second admin. */
  approvals: { id: string; actionType: string; amount: number | null; expiresAt: string }[];
  /** How limits stand, by action: those per user, those of everybody. */
  limits: { action: string; limits: OverviewLimit[] }[];
  errors: OverviewError[];
}

/** A ban in the audit's words, which the user does not read. */
export interface OverviewBan {
  actionId: string;
  reason: string;
  ticket: string | null;
  adminEmail: string | null;
  adminUserId: string | null;
}

/** How far the ledger's newest rows prove the balance. */
export interface RecentProof {
  /** Whether their changes, from the balance before them, add up to the balance. */
  ok: boolean;
  /** Rows looked at: the newest 1,000 at most. */
  entries: number;
  /** False when there are older ones, which only an audit adds up. */
  whole: boolean;
  /** The time of the oldest row looked at, ISO 8601 UTC; null without rows. */
  since: string | null;
}

/** A row of the ledger. */
export interface OverviewEntry {
  id: string;
  createdAt: string;
  change: number;
  balanceAfter: number | null;
  reason: string;
  jobId: string | null;
  transactionId: string | null;
}

/** A job. */
export interface OverviewJob {
  jobId: string;
  createdAt: string;
  completedAt: string | null;
  status: string;
  modelName: string | null;
  /** Its first 500 characters. */
  prompt: string | null;
  creditsUsed: number;
  creditsRefunded: number;
  errorMessage: string | null;
}

/** What an admin did to the user. */
export interface OverviewAction {
  id: string;
  createdAt: string;
  actionType: string;
  adminEmail: string | null;
  adminUserId: string | null;
  amount: number | null;
  reason: string;
  ticket: string | null;
  undoneBy: string | null;
}

/** A limit as it stands. */
export interface OverviewLimit {
  name: string;
  limit: number;
  remaining: number;
  windowSeconds: number;
  /** Until one more request fits, in milliseconds; 0 when one fits now. */
  retryAfterMs: number;
}

/** An error that the user met. */
export interface OverviewError {
  id: string;
  createdAt: string;
  errorCode: string;
  endpoint: string;
  requestId: string | null;
  summary: string | null;
}

const text = z.nullable(z.string());
const count = z.nullable(z.int());
const answer = z.object({
  success: z.literal(true),
  user: z.object({ ...userFields, device_id: text, ban_reason: text }),
  ban: z.nullable(
    z.object({
      ...{ action_id: z.string(), reason: z.string(), ticket: text },
      ...{ admin_email: text, admin_user_id: text },
    }),
  ),
  proof: z.object({ ok: z.boolean(), entries: z.int(), whole: z.boolean(), since: text }),
  ledger: z.array(
    z.object({
      ...{ id: z.string(), created_at: z.string(), change: z.int(), balance_after: count },
      ...{ reason: text, job_id: text, transaction_id: text },
    }),
  ),
  jobs: z.object({
    ...{ counted: z.int(), whole: z.boolean() },
    by_status: z.object({ pending: z.int(), processing: z.int(), completed: z.int(), failed: z.int() }),
    latest: z.array(
      z.object({
        ...{ job_id: z.string(), created_at: z.string(), completed_at: text, status: z.string() },
        ...{ model_name: text, prompt: text, credits_used: z.int(), credits_refunded: z.int() },
        error_message: text,
      }),
    ),
  }),
  actions: z.object({
    whole: z.boolean(),
    refunds: z.object({ count: z.int(), credits: z.number() }),
    latest: z.array(
      z.object({
        ...{ id: z.string(), created_at: z.string(), action_type: z.string(), admin_email: text },
        ...{ admin_user_id: text, amount: count, reason: z.string(), ticket: text, undone_by: text },
      }),
    ),
  }),
  approvals: z.array(
    z.object({ id: z.string(), action_type: z.string(), amount: count, expires_at: z.string() }),
  ),
  limits: z.array(
    z.object({
      action: z.string(),
      limits: z.array(
        z.object({
          ...{ name: z.string(), limit: z.int(), remaining: z.int(), window_seconds: z.int() },
          retry_after_ms: z.number(),
        }),
      ),
    }),
  ),
  errors: z.array(
    z.object({
      ...{ id: z.string(), created_at: z.string(), error_code: z.string(), endpoint: z.string() },
      ...{ request_id: text, summary: text },
    }),
  ),
});

/**
 * Reads what support has to know of a user, in one request: profile and ban, balance and its proof, the newest of ledger, jobs,
 * acts of admins and errors, and limits as they stand. Of somebody with very much of these the newest are looked at, and the answer
 * says so.
 *
 * @param db a client of an admin, or with a secret key
 * @param userId the user
 * @param options `rows`: entries of each list, 1 to 50 (default 10); a signal
 * @returns the overview
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { user, proof, jobs } = await getUserOverview(db, userId);
 * console.log(user.creditsRemaining, proof.ok, jobs.byStatus.failed);
 * ```
 */
export async function getUserOverview(
  db: DatabaseClient,
  userId: string,
  options: { rows?: number; signal?: AbortSignal | undefined } = {},
): Promise<UserOverview> {
  const found = await rpc(
    db,
    "get_user_overview",
    {
      p_user_id: requireUuid("userId", userId),
      p_rows: requireCount("rows", options.rows ?? 10, "entries", 50),
    },
    answer,
    { effect: "read", signal: options.signal },
  );
  return toOverview(found);
}

function toOverview(found: z.infer<typeof answer>): UserOverview {
  const { user, ban, proof, jobs, actions } = found;
  return {
    user: { ...toUser(user), deviceId: user.device_id, publicBanReason: user.ban_reason },
    ban:
      ban === null
        ? null
        : {
            ...{ actionId: ban.action_id, reason: ban.reason, ticket: ban.ticket },
            ...{ adminEmail: ban.admin_email, adminUserId: ban.admin_user_id },
          },
    proof: { ...proof, since: time(proof.since) },
    ledger: found.ledger.map((row) => ({
      ...{ id: row.id, createdAt: isoTime(row.created_at), change: row.change },
      ...{ balanceAfter: row.balance_after, reason: row.reason ?? "", jobId: row.job_id },
      transactionId: row.transaction_id,
    })),
    jobs: {
      ...{ counted: jobs.counted, whole: jobs.whole, byStatus: jobs.by_status },
      latest: jobs.latest.map((row) => ({
        ...{ jobId: row.job_id, createdAt: isoTime(row.created_at), completedAt: time(row.completed_at) },
        ...{ status: row.status, modelName: row.model_name, prompt: row.prompt },
        ...{ creditsUsed: row.credits_used, creditsRefunded: row.credits_refunded },
        errorMessage: row.error_message,
      })),
    },
    actions: {
      ...{ whole: actions.whole, refunds: actions.refunds },
      latest: actions.latest.map((row) => ({
        ...{ id: row.id, createdAt: isoTime(row.created_at), actionType: row.action_type },
        ...{ adminEmail: row.admin_email, adminUserId: row.admin_user_id, amount: row.amount },
        ...{ reason: row.reason, ticket: row.ticket, undoneBy: row.undone_by },
      })),
    },
    approvals: found.approvals.map((row) => ({
      ...{ id: row.id, actionType: row.action_type, amount: row.amount, expiresAt: isoTime(row.expires_at) },
    })),
    limits: found.limits.map(({ action, limits }) => ({
      action,
      limits: limits.map((row) => ({
        ...{ name: row.name, limit: row.limit, remaining: row.remaining },
        ...{ windowSeconds: row.window_seconds, retryAfterMs: row.retry_after_ms },
      })),
    })),
    errors: found.errors.map((row) => ({
      ...{ id: row.id, createdAt: isoTime(row.created_at), errorCode: row.error_code },
      ...{ endpoint: row.endpoint, requestId: row.request_id, summary: row.summary },
    })),
  };
}

function time(value: string | null): string | null {
  return value === null ? null : isoTime(value);
}
