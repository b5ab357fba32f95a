import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { limitStateRow, toLimitState } from "./limit-state.ts";
import type { RateLimitStore, SettledReservation, StoredLimit, TakeAnswer, TakeRequest } from "./store.ts";

const judgement = z.object({
  success: z.literal(true),
  allowed: z.boolean(),
  limits: z.array(limitStateRow),
  reservation: z.nullable(z.uuid()),
});
/** `state` is the answer and what it does not repeat of its limit; the answer has to be about the `max` that was asked for. */
const shortJudgement = z
  .object({ success: z.literal(true), max: z.int(), state: limitStateRow })
  .check(z.refine(({ max, state }) => state.limit === max));
const look = z.object({ success: z.literal(true), limits: z.array(limitStateRow) });
const settled = z.object({ success: z.literal(true), changed: z.boolean() });

/**
 * Counts in the project's own database, with one request a judgement: the functions of `supabase/migrations`. It has rules
 * (`limits: null`), keeps a log, and `cleanup` tidies it up. A judgement does not wait for
 * the disk: a crash of the database may forget what was counted in its last 0.6 s.
 *
 * @param db a client with a secret key; `peek` also takes an admin's access token
 * @returns the store. Its methods reject with a VidopsError: ERR_4006 for a key that may not, ERR_4007 `reservation_not_found`,
 *   ERR_4010 `reservation_settled`, ERR_6003 `no_rate_limit_rule`, ERR_4008 malformed, and all ways in which a request can fail
 * @example
 * ```ts
 * const limits = await createPostgresStore(db).peek({ action: "video_generation", ip, userId: null, limits: null, cost: 1 });
 * ```
 */
export function createPostgresStore(db: DatabaseClient): RateLimitStore {
  return {
    take: async (request, signal) => {
      const { action, ip, userId, limits, cost, reserve, unloggedDenials } = request;
      const only = onlyLimit(request);
      if (only !== null) return takeOne(db, request, only, signal);
      const answer = await rpc(
        db,
        "check_rate_limits",
        {
          p_action: action,
          p_ip: ip ?? unknownIp,
          p_user_id: userId,
          p_limits: limits?.map(sentLimit) ?? null,
          p_cost: cost,
          p_reserve: reserve,
          p_unlogged_denials: unloggedDenials,
          p_wait_for_disk: false,
        },
        judgement,
        { effect: "write", signal },
      );
      return {
        allowed: answer.allowed,
        limits: answer.limits.map(toLimitState),
        reservation: answer.reservation,
      };
    },
    peek: async ({ action, ip, userId, limits, cost }, signal) => {
      const answer = await rpc(
        db,
        "peek_rate_limits",
        {
          p_action: action,
          p_ip: ip ?? unknownIp,
          p_user_id: userId,
          p_limits: limits?.map(sentLimit) ?? null,
          p_cost: cost,
        },
        look,
        { effect: "read", signal },
      );
      return answer.limits.map(toLimitState);
    },
    reset: async ({ action, ip, userId, limit }, signal) => {
      const { changed } = await rpc(
        db,
        "forget_rate_limits",
        { p_action: action, p_limits: [sentLimit(limit)], p_ip: ip ?? unknownIp, p_user_id: userId },
        settled,
        { effect: "write", signal },
      );
      return changed;
    },
    commit: async (reservation, signal): Promise<SettledReservation> => {
      const args = { p_reservation: requireUuid("reservation", reservation) } as const;
      const { changed } = await rpc(db, "commit_rate_limit", args, settled, { effect: "write", signal });
      return { changed };
    },
    release: async (reservation, signal): Promise<SettledReservation> => {
      const args = { p_reservation: requireUuid("reservation", reservation) } as const;
      const { changed } = await rpc(db, "release_rate_limit", args, settled, { effect: "write", signal });
      return { changed };
    },
  };
}

/**
 * The limit of the most frequent question, which has a function of its own: one request, and one limit of its address. The
 * log knows that limit by its usual name alone, so one that has another goes the long way.
 */
function onlyLimit({ limits, cost, reserve, unloggedDenials }: TakeRequest): StoredLimit | null {
  const [limit] = limits ?? [];
  if (limit === undefined || limits?.length !== 1 || cost !== 1 || reserve || unloggedDenials > 0)
    return null;
  return limit.per === "ip" && limit.name === "per_ip" ? limit : null;
}

async function takeOne(
  db: DatabaseClient,
  { action, ip, userId }: TakeRequest,
  { name, per, maxRequests, windowSeconds }: StoredLimit,
  signal: AbortSignal | undefined,
): Promise<TakeAnswer> {
  const asked = { name, per, subject: ip ?? unknownIp, window_seconds: windowSeconds };
  const { state } = await rpc(
    db,
    "check_rate_limit",
    {
      p_ip: ip ?? unknownIp,
      p_action: action,
      p_max: maxRequests,
      p_window_seconds: windowSeconds,
      p_user_id: userId,
      p_wait_for_disk: false,
    },
    {
      safeParse: (data) => {
        const answer = data as { success?: unknown } | null;
        return shortJudgement.safeParse({
          success: answer?.success,
          max: maxRequests,
          state: { ...answer, ...asked },
        });
      },
    },
    { effect: "write", signal },
  );
  return { allowed: state.allowed, limits: [toLimitState(state)], reservation: null };
}

/** The bucket of all addresses that are not known. */
const unknownIp = "unknown";

function sentLimit({ name, per, key, maxRequests, windowSeconds }: StoredLimit): {
  name: string;
  per: string;
  key: string | null;
  max_requests: number;
  window_seconds: number;
} {
  return { name, per, key, max_requests: maxRequests, window_seconds: windowSeconds };
}
