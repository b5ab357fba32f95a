import * as z from "zod/mini";
import { type DatabaseClient, isoTime, requireTimes, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** Which days to count, and of whom. */
export interface UserStatsQuery {
  /** From the start of its day (UTC) on; at most 92 days before `until`. */
  since: Date | string;
  /** Before this time, which is rounded up to the end of its day (UTC) or to now. Default: now. */
  until?: Date | string | null;
  /** One user. Default: all. */
  userId?: string | null;
  /** Called while days are counted for the first time. */
  onProgress?: ((progress: { daysToCount: number }) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What users did. Credits are sums. */
export interface UserActivity {
  /** Jobs started. */
  generations: number;
  /** Of these, how many have failed. */
  failures: number;
  spent: number;
  refunded: number;
  /** Bought in a store. */
  purchased: number;
  /** Granted by the app, e.g. at sign-up. */
  granted: number;
  /** By admins, undos too; below 0 when more was taken than given. */
  adjusted: number;
  /** Users who spent credits. In totals an estimate where there are more than 1,023, to some 3 %. */
  activeUsers: number;
}

/** What users did by day. */
export interface UserStats {
  /** ISO 8601 UTC: the start of the first day. */
  since: string;
  until: string;
  /** The start of the period before, of as many days. */
  previousSince: string;
  totals: UserActivity;
  previous: UserActivity;
  /** Each day (UTC), oldest first; the last one may not be over. */
  days: (UserActivity & { day: string })[];
}

const activityFields = {
  ...{ generations: z.number(), failures: z.number(), spent: z.number(), refunded: z.number() },
  ...{ purchased: z.number(), granted: z.number(), adjusted: z.number(), active_users: z.number() },
};
const activity = z.object(activityFields);
const counted = z.object({
  success: z.literal(true),
  days_to_count: z.literal(0),
  since: z.string(),
  until: z.string(),
  previous_since: z.string(),
  totals: activity,
  previous: activity,
  days: z.array(z.object({ ...activityFields, day: z.string() })),
});
const counting = z.object({ success: z.literal(true), days_to_count: z.int().check(z.positive()) });
const answer = z.union([counted, counting]);

/**
 * Reads what users did by day, with totals and the period before. Days that are over are counted once and kept; the first look at
 * a long period of a large project takes several requests of a second or two each.
 *
 * @param db a client of an admin, or with a secret key
 * @param query the period, and perhaps one user
 * @returns days, totals, and the totals of the period before
 * @throws VidopsError ERR_4008 bad input, a start in the future, more than 92 days · ERR_4007 user_not_found · ERR_4006 for
 *   anybody else than ops
 * @example
 * ```ts
 * const { totals, previous } = await getUserStats(db, { since: new Date(Date.now() - 29 * 86_400_000) });
 * console.log(totals.generations - previous.generations);
 * ```
 */
export async function getUserStats(db: DatabaseClient, query: UserStatsQuery): Promise<UserStats> {
  const { since, until } = requireTimes(query);
  if (since === null) throw validationError("since", "is missing", "Say from when on to count.");
  const args = {
    p_since: since,
    p_until: until,
    p_user_id: query.userId == null ? undefined : requireUuid("userId", query.userId),
  };
  for (;;) {
    const found = await rpc(db, "user_stats", args, answer, { effect: "read", signal: query.signal });
    if ("days" in found) return toStats(found);
    query.onProgress?.({ daysToCount: found.days_to_count });
  }
}

function toStats(found: z.infer<typeof counted>): UserStats {
  return {
    since: isoTime(found.since),
    until: isoTime(found.until),
    previousSince: isoTime(found.previous_since),
    totals: toActivity(found.totals),
    previous: toActivity(found.previous),
    days: found.days.map((row) => ({ day: row.day, ...toActivity(row) })),
  };
}

function toActivity({ active_users, ...row }: z.infer<typeof activity>): UserActivity {
  const { generations, failures, spent, refunded, purchased, granted, adjusted } = row;
  return {
    ...{ generations, failures, spent, refunded, purchased, granted, adjusted },
    activeUsers: active_users,
  };
}
