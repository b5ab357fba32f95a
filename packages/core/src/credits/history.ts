import * as z from "zod/mini";
import { type DatabaseClient, read, requireCount, requireUuid } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { decodeCursor, encodeCursor } from "./history-cursor.ts";

/** Which part of a user's ledger to read. */
export interface CreditHistoryQuery {
  userId: string;
  /** Entries a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  /** Only entries at this time or later. */
  since?: Date | string | null;
  /** Only entries before this time. */
  until?: Date | string | null;
  signal?: AbortSignal | undefined;
}

/** One row of the ledger. */
export interface CreditEntry {
  id: string;
  userId: string | null;
  jobId: string | null;
  /** Credits: more than 0 given, less than 0 taken. */
  change: number;
  reason: string;
  transactionId: string | null;
  balanceAfter: number;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** One page, newest first. */
export interface CreditHistory {
  entries: CreditEntry[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const row = z.object({
  id: z.union([z.number(), z.string()]),
  user_id: z.nullable(z.string()),
  job_id: z.nullable(z.string()),
  change: z.int(),
  reason: z.nullable(z.string()),
  transaction_id: z.nullable(z.string()),
  balance_after: z.nullable(z.int()),
  created_at: z.string(),
});

/**
 * Reads a user's ledger, newest first, a page at a time. Pages stay right while rows are added.
 *
 * @param db a client of the user, of an admin, or with a secret key
 * @param query user, page size, and time range
 * @returns the entries and the cursor of the next page; no entries for a user that does not exist
 * @throws VidopsError ERR_4008 bad input, or a cursor of another query
 * @example
 * ```ts
 * let cursor: string | null = null;
 * do {
 *   const page: CreditHistory = await creditHistory(db, { userId, cursor });
 *   for (const entry of page.entries) console.log(entry.createdAt, entry.change, entry.reason);
 *   cursor = page.nextCursor;
 * } while (cursor !== null);
 * ```
 */
export async function creditHistory(db: DatabaseClient, query: CreditHistoryQuery): Promise<CreditHistory> {
  const userId = requireUuid("userId", query.userId);
  const limit = requireCount("limit", query.limit ?? 50, "entries", 1000);
  const asked = { userId, since: time("since", query.since), until: time("until", query.until) };
  const place = query.cursor == null ? { ...asked, after: null } : decodeCursor(query.cursor, asked);
  const rows = await read(
    db,
    (client) => {
      let page = client
        .from("quota_log")
        .select("id,user_id,job_id,change,reason,transaction_id,balance_after,created_at")
        .eq("user_id", userId);
      if (place.since !== null) page = page.gte("created_at", place.since);
      if (place.until !== null) page = page.lt("created_at", place.until);
      if (place.after !== null) page = page.lt("id", place.after);
      // One more than asked for tells whether there is a next page.
      return page.order("id", { ascending: false }).limit(limit + 1);
    },
    row,
    { signal: query.signal },
  );
  const entries = rows.slice(0, limit).map(toEntry);
  const last = entries.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { entries, nextCursor: more ? encodeCursor({ ...place, after: last.id }) : null };
}

function toEntry(entry: z.infer<typeof row>): CreditEntry {
  return {
    id: String(entry.id),
    userId: entry.user_id,
    jobId: entry.job_id,
    change: entry.change,
    reason: entry.reason ?? "",
    transactionId: entry.transaction_id,
    balanceAfter: entry.balance_after ?? 0,
    createdAt: new Date(entry.created_at).toISOString(),
  };
}

function time(field: string, value: Date | string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw validationError(field, "is not a time", "Give an ISO 8601 time, e.g. 2026-11-01T00:00:00Z.");
}
