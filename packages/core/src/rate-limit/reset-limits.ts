import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import type { LimitScope, LimitState } from "./decision.ts";
import { requireText } from "./limit-input.ts";
import { limitStateRow, toLimitState } from "./limit-state.ts";

/** Whose count is to be forgotten. */
export interface RateLimitReset extends ActOptions {
  action: string;
  per: LimitScope;
  /** An address, a user's id or the app's own key; null for `global`. `"unknown"` is the bucket of unknown addresses. */
  subject: string | null;
}

/** What was forgotten, or (with `dryRun`) would be. */
export interface ResetRateLimits extends Act {
  /** The limits as they stood before. */
  cleared: LimitState[];
}

const answer = z.object({ ...actFields, cleared: z.array(limitStateRow) });

/**
 * Forgets what was counted for one subject under an action, in all its windows, with an audit row. Processes that remember a
 * denial follow within 10 seconds. It cannot be undone: the counts are gone.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param reset the subject and the action, and why
 * @returns how the limits stood; none when nothing was counted, and then there is no audit row
 * @throws VidopsError ERR_4008 bad input · ERR_4006 forbidden · ERR_6006 the answer was lost: repeating it does no harm
 * @example
 * ```ts
 * const { cleared } = await resetRateLimits(db, {
 *   action: "video_generation",
 *   per: "ip",
 *   subject: "203.0.113.7",
 *   reason: "an office behind one address",
 *   adminUserId,
 * });
 * ```
 */
export async function resetRateLimits(db: DatabaseClient, reset: RateLimitReset): Promise<ResetRateLimits> {
  const result = await rpc(
    db,
    "reset_rate_limits",
    {
      p_action: requireText("action", reset.action, 100),
      p_per: reset.per,
      p_subject: subjectOf(reset),
      ...actArguments(db, reset),
    },
    answer,
    actCall(reset),
  );
  return { ...toAct(result), cleared: result.cleared.map(toLimitState) };
}

function subjectOf({ per, subject }: RateLimitReset): string | null {
  if (per === "user") return requireUuid("subject", subject);
  if (per === "ip" || per === "key") return requireText("subject", subject, 200);
  if (per !== "global") throw validationError("per", 'is not "ip", "user", "global" or "key"');
  if (subject !== null)
    throw validationError("subject", "is given for a global limit", "Everybody is counted together: null.");
  return null;
}
