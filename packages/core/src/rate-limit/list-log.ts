import * as z from "zod/mini";
import {
  type DatabaseClient,
  isoTime,
  requireCount,
  requireTimes,
  requireUuid,
  rpc,
} from "../database/index.ts";
import { requireText } from "./limit-input.ts";
import { decodeLogCursor, encodeLogCursor, type ListedLog } from "./log-cursor.ts";

/** Which rows of the log to list. All filters given must fit. */
export interface RateLimitLogQuery {
  /** An address: an IPv6 one finds its network, as which it is counted and logged. `"unknown"`: requests without one. */
  ip?: string | null;
  userId?: string | null;
  action?: string | null;
  /** True: admitted ones only; false: refused ones only. */
  allowed?: boolean | null;
  /** Only rows at this time or later. */
  since?: Date | string | null;
  /** Only rows before this time. */
  until?: Date | string | null;
  /** Entries a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** A row of the log: of a flood only samples are kept, so one may stand for many requests. */
export interface LoggedRateLimit {
  id: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  ip: string | null;
  userId: string | null;
  action: string;
  allowed: boolean;
  /** How many requests it stands for. */
  requests: number;
  /** The limit that refused; null when admitted, and for refusals that were answered from memory. */
  limitName: string | null;
}

/** One page, newest first. */
export interface RateLimitLogPage {
  entries: LoggedRateLimit[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  entries: z.array(
    z.object({
      id: z.string(),
      created_at: z.string(),
      ip: z.nullable(z.string()),
      user_id: z.nullable(z.string()),
      action: z.nullable(z.string()),
      allowed: z.boolean(),
      requests: z.int(),
      limit_name: z.nullable(z.string()),
    }),
  ),
  next: z.nullable(z.object({ created_at: z.string(), id: z.string() })),
});

/**
 * Lists what limits admitted and refused, newest first, a page at a time. Pages stay right while rows are added.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters, page size, and time range
 * @returns the entries and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input, a start in the future, or a cursor of another query; ERR_4006 for anybody else
 *   than ops
 * @example
 * ```ts
 * const { entries } = await listRateLimitLog(db, { ip: "203.0.113.7", allowed: false });
 * ```
 */
export async function listRateLimitLog(
  db: DatabaseClient,
  query: RateLimitLogQuery = {},
): Promise<RateLimitLogPage> {
  const limit = requireCount("limit", query.limit ?? 50, "entries", 1000);
  const asked: ListedLog = {
    ip: query.ip == null ? null : requireText("ip", query.ip, 100),
    userId: query.userId == null ? null : requireUuid("userId", query.userId),
    action: query.action == null ? null : requireText("action", query.action, 100),
    allowed: query.allowed ?? null,
    ...requireTimes(query),
  };
  const { query: listed, place } =
    query.cursor == null ? { query: asked, place: null } : decodeLogCursor(query.cursor, asked);
  const page = await rpc(
    db,
    "list_rate_limit_log",
    {
      p_ip: listed.ip,
      p_user_id: listed.userId,
      p_action: listed.action,
      p_allowed: listed.allowed,
      p_since: listed.since,
      p_until: listed.until,
      p_before_created_at: place?.createdAt,
      // As text: the database's numbers have more digits than a JavaScript number.
      p_before_id: place?.id as unknown as number | undefined,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    entries: page.entries.map((row) => ({
      id: row.id,
      createdAt: isoTime(row.created_at),
      ip: row.ip,
      userId: row.user_id,
      action: row.action ?? "",
      allowed: row.allowed,
      requests: row.requests,
      limitName: row.limit_name,
    })),
    nextCursor:
      page.next === null
        ? null
        : encodeLogCursor(listed, { createdAt: page.next.created_at, id: page.next.id }),
  };
}
