import * as z from "zod/mini";
import { type DatabaseClient, isoTime, requireCount, requireTimes, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { requireText } from "./limit-input.ts";

/** By what refusals can be grouped. */
export const rateLimitGroupings: readonly ["ip", "user", "action", "limit"] = [
  "ip",
  "user",
  "action",
  "limit",
];

/** By what refusals are grouped. */
export type RateLimitGrouping = (typeof rateLimitGroupings)[number];

/** Which refusals to count. */
export interface TopRateLimitsQuery {
  by: RateLimitGrouping;
  /** Count from this time; the time before, equally long, is what it is compared with. */
  since: Date | string;
  /** Count to this time. Default: now. */
  until?: Date | string | null;
  action?: string | null;
  /** Groups, 1 to 100. Default 20. */
  limit?: number;
  signal?: AbortSignal | undefined;
}

/** Requests that have something in common. */
export interface RateLimitGroup {
  /** The address, user's id, action or limit's name; null for requests without one. */
  key: string | null;
  /** Only when grouped by action or limit. */
  action: string | null;
  /** Only when grouped by user. */
  email: string | null;
  /** Requests that were refused. */
  denied: number;
  /** How many there were in the time before. */
  previousDenied: number;
  /** Requests that were admitted; null when grouped by limit, since all limits admit together. */
  allowed: number | null;
  /** Refusals in each 24th of the time, oldest first. */
  slots: number[];
  /** When the last one was refused: ISO 8601, UTC. */
  lastAt: string;
}

/** Who was refused most. */
export interface TopRateLimits {
  by: RateLimitGrouping;
  /** What was counted, ISO 8601 UTC. */
  since: string;
  until: string;
  /** Where the time before starts; it ends at `since`. */
  previousSince: string;
  /** All refusals of the time, in whatever group. */
  total: number;
  previousTotal: number;
  /** Where the log begins; null when it is empty. When it is later than `previousSince`, a comparison says nothing. */
  loggedSince: string | null;
  /** How many seconds each entry of `slots` stands for; a fraction perhaps. */
  slotSeconds: number;
  groups: RateLimitGroup[];
}

const answer = z.object({
  success: z.literal(true),
  since: z.string(),
  until: z.string(),
  previous_since: z.string(),
  logged_since: z.nullable(z.string()),
  total: z.number(),
  previous_total: z.number(),
  slot_seconds: z.number(),
  groups: z.array(
    z.object({
      key: z.nullable(z.string()),
      action: z.nullable(z.string()),
      email: z.nullable(z.string()),
      denied: z.number(),
      previous_denied: z.number(),
      allowed: z.nullable(z.number()),
      slots: z.array(z.number()),
      last_at: z.string(),
    }),
  ),
});

/**
 * Counts who was refused most since a time, each beside the equally long time before. Of a flood the log holds samples, each
 * with the number of requests that it stands for, so large numbers are good to some percent.
 *
 * @param db a client of an admin, or with a secret key
 * @param query what to group by, since when, and one action or all
 * @returns the groups, the most refused first; what has ended since the time before comes last with `denied: 0`
 * @throws VidopsError ERR_4008 bad input or a start in the future; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { groups } = await topRateLimits(db, { by: "ip", since: new Date(Date.now() - 3_600_000) });
 * for (const { key, denied, allowed } of groups) console.log(key, denied, allowed);
 * ```
 */
export async function topRateLimits(db: DatabaseClient, query: TopRateLimitsQuery): Promise<TopRateLimits> {
  const { by } = query;
  if (!rateLimitGroupings.includes(by)) {
    const known = rateLimitGroupings.join(", ");
    throw validationError("by", "is nothing that refusals can be grouped by", `Choose from ${known}.`);
  }
  const { since, until } = requireTimes(query);
  if (since === null)
    throw validationError("since", "is missing", "Say since when refusals are to be counted.");
  const top = await rpc(
    db,
    "top_rate_limits",
    {
      p_by: by,
      p_since: since,
      p_until: until,
      p_action: query.action == null ? null : requireText("action", query.action, 100),
      p_limit: requireCount("limit", query.limit ?? 20, "groups", 100),
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
    loggedSince: top.logged_since === null ? null : isoTime(top.logged_since),
    slotSeconds: top.slot_seconds,
    groups: top.groups.map((group) => ({
      key: group.key,
      action: group.action,
      email: group.email,
      denied: group.denied,
      previousDenied: group.previous_denied,
      allowed: group.allowed,
      slots: group.slots,
      lastAt: isoTime(group.last_at),
    })),
  };
}
