import * as z from "zod/mini";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { checkFilters, checkTimes, type ErrorFilters } from "./error-filters.ts";
import { isoTime } from "./logged-error.ts";

/** By what errors can be grouped. */
export const errorGroupings: readonly ["code", "endpoint", "fingerprint"] = [
  "code",
  "endpoint",
  "fingerprint",
];

/** By what errors are grouped. */
export type ErrorGrouping = (typeof errorGroupings)[number];

/** Which errors to count. An endpoint is compared without its ids: `/jobs/7` finds all of `/jobs/:id`. */
export interface TopErrorsQuery extends ErrorFilters {
  by: ErrorGrouping;
  /** Count from this time; the time before, equally long, is what it is compared with. */
  since: Date | string;
  /** Count to this time. Default: now. */
  until?: Date | string | null;
  /** Groups, 1 to 100. Default 20. */
  limit?: number;
  signal?: AbortSignal | undefined;
}

/** Errors that have something in common. */
export interface ErrorGroup {
  /** The code, endpoint or fingerprint that they share. */
  key: string;
  /** Null when grouped by endpoint. */
  code: string | null;
  /** With `:id` in the place of ids; null when grouped by code. */
  endpoint: string | null;
  /** Null unless grouped by fingerprint. */
  fingerprint: string | null;
  count: number;
  /** How many there were in the time before. */
  previousCount: number;
  /** Counts of `slotSeconds` each, oldest first; the last one ends with the running five minutes. */
  slots: number[];
  /** ISO 8601, UTC. */
  lastSeen: string | null;
  /** The id of one of them. */
  example: string | null;
}

/** The most frequent errors of a time. */
export interface TopErrors {
  by: ErrorGrouping;
  /** What was counted, ISO 8601 UTC; `since` is rounded down to five minutes. */
  since: string;
  until: string;
  /** Where the time before starts; it ends at `since`. */
  previousSince: string;
  /** All errors of the time, in whatever group. */
  total: number;
  previousTotal: number;
  /** When not null: errors before this time were not counted, so a comparison with them says nothing. */
  countedSince: string | null;
  /** How many seconds each entry of `slots` stands for. */
  slotSeconds: number;
  groups: ErrorGroup[];
}

const answer = z.object({
  success: z.literal(true),
  since: z.string(),
  until: z.string(),
  previous_since: z.string(),
  total: z.number(),
  previous_total: z.number(),
  counted_since: z.nullable(z.string()),
  slot_seconds: z.int(),
  groups: z.array(
    z.object({
      key: z.string(),
      error_code: z.nullable(z.string()),
      endpoint: z.nullable(z.string()),
      fingerprint: z.nullable(z.string()),
      count: z.number(),
      previous_count: z.number(),
      slots: z.array(z.number()),
      last_seen: z.nullable(z.string()),
      example: z.nullable(z.string()),
    }),
  ),
});

/**
 * Counts the most frequent errors since a time, each beside the equally long time before. It reads what was counted
 * as the errors came, so an outage does not make it slow; with a user it counts that user's entries.
 *
 * @param db a client of an admin, or with a secret key
 * @param query what to group by, since when, and filters
 * @returns the groups, the most frequent first; what has gone since the time before comes last with `count: 0`
 * @throws VidopsError ERR_4008 bad input or a start in the future; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { groups } = await topErrors(db, { by: "code", since: new Date(Date.now() - 86_400_000) });
 * for (const { key, count, previousCount } of groups) console.log(key, count, count - previousCount);
 * ```
 */
export async function topErrors(db: DatabaseClient, query: TopErrorsQuery): Promise<TopErrors> {
  const { by } = query;
  if (!errorGroupings.includes(by)) {
    throw validationError(
      "by",
      "is nothing that errors can be grouped by",
      `Choose from ${errorGroupings.join(", ")}.`,
    );
  }
  const { code, endpoint, userId, language } = checkFilters(query);
  const { since, until } = checkTimes(query);
  if (since === null)
    throw validationError("since", "is missing", "Say since when errors are to be counted.");
  const limit = requireCount("limit", query.limit ?? 20, "groups", 100);
  const top = await rpc(
    db,
    "top_errors",
    {
      p_by: by,
      p_since: since,
      p_until: until ?? undefined,
      p_code: code ?? undefined,
      p_endpoint: endpoint ?? undefined,
      p_user_id: userId ?? undefined,
      p_language: language ?? undefined,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    by,
    since: isoTime(top.since),
    until: isoTime(top.until),
    previousSince: isoTime(top.previous_since),
    total: top.total,
    previousTotal: top.previous_total,
    countedSince: top.counted_since === null ? null : isoTime(top.counted_since),
    slotSeconds: top.slot_seconds,
    groups: top.groups.map((group) => ({
      key: group.key,
      code: group.error_code,
      endpoint: group.endpoint,
      fingerprint: group.fingerprint,
      count: group.count,
      previousCount: group.previous_count,
      slots: group.slots,
      lastSeen: group.last_seen === null ? null : isoTime(group.last_seen),
      example: group.example,
    })),
  };
}
