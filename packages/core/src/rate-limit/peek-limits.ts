import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";
import type { LimitState } from "./decision.ts";
import { mostRequests, requireText } from "./limit-input.ts";
import { limitStateRow, toLimitState } from "./limit-state.ts";

/** Whose limits to look at. */
export interface RateLimitPeek {
  action: string;
  /** An address; `"unknown"` is the bucket of unknown ones. Null: no address's limits. */
  ip?: string | null;
  /** Null: no user's limits, and the rules of the free tier. */
  userId?: string | null;
  /** How many requests the one that is judged counts as. Default 1. */
  cost?: number;
  signal?: AbortSignal | undefined;
}

const answer = z.object({ success: z.literal(true), limits: z.array(limitStateRow) });

/**
 * Looks how the limits of an action stand for an address, a user or both, and counts nothing: those of the rules, the global
 * ones, and what else the app's own code has counted for them. (A limiter's `peek` looks at limits that are named.)
 *
 * @param db a client of an admin, or with a secret key
 * @param peek the action and the subjects
 * @returns the limits; `allowed` is false where the next request would be refused
 * @throws VidopsError ERR_4008 bad input; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const limits = await peekRateLimits(db, { action: "video_generation", ip: "203.0.113.7" });
 * const refused = limits.some(({ allowed }) => !allowed);
 * ```
 */
export async function peekRateLimits(db: DatabaseClient, peek: RateLimitPeek): Promise<LimitState[]> {
  const { limits } = await rpc(
    db,
    "peek_rate_limits",
    {
      p_action: requireText("action", peek.action, 100),
      p_ip: peek.ip == null ? undefined : requireText("ip", peek.ip, 100),
      p_user_id: peek.userId == null ? undefined : requireUuid("userId", peek.userId),
      p_cost: requireCount("cost", peek.cost ?? 1, "requests", mostRequests),
    },
    answer,
    { effect: "read", signal: peek.signal },
  );
  return limits.map(toLimitState);
}
