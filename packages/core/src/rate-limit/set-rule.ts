import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { longestWindowSeconds, mostRequests, requireText } from "./limit-input.ts";
import { type RateLimitRule, type RateLimitTier, ruleRow, toRule } from "./rate-limit-rule.ts";

/** A rule as it is to be. */
export interface RateLimitRuleChange extends ActOptions {
  /** 1 to 100 characters. */
  action: string;
  per: "ip" | "user" | "global";
  /** Default `any`, which is the only one that `global` can have. */
  tier?: RateLimitTier;
  /** 1 second to 366 days. */
  windowSeconds: number;
  /** Requests in any window, 1 to 1 000 000 000; null takes the rule away. */
  maxRequests: number | null;
  /** What it was when somebody looked and consented: if it is not that any more, state_changed_since (ERR_4009). Default: whatever it is. */
  expectedBefore?: number | null | undefined;
}

/** What was changed, or (with `dryRun`) would be. */
export interface ChangedRateLimitRule extends Act {
  /** Requests before; null when there was no such rule. */
  before: number | null;
  after: number | null;
  /** All rules of the action, as they are now. */
  rules: RateLimitRule[];
}

const answer = z.object({
  ...actFields,
  before: z.nullable(z.int()),
  after: z.nullable(z.int()),
  rules: z.array(ruleRow),
});

/**
 * Sets, changes or takes away one rule, with its audit row, in one request. The next judgement goes by it; what was counted
 * stays counted. Repeating it changes nothing.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param change the rule, and why
 * @returns the rule before and after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4006 forbidden · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * await setRateLimitRule(db, {
 *   action: "video_generation",
 *   per: "ip",
 *   tier: "free",
 *   windowSeconds: 3600,
 *   maxRequests: 20,
 *   reason: "launch day",
 *   adminUserId,
 * });
 * ```
 */
export async function setRateLimitRule(
  db: DatabaseClient,
  change: RateLimitRuleChange,
): Promise<ChangedRateLimitRule> {
  const { per, tier = "any", maxRequests } = change;
  if (!["ip", "user", "global"].includes(per))
    throw validationError("per", 'is not "ip", "user" or "global"');
  if (!["any", "free", "premium"].includes(tier))
    throw validationError("tier", 'is not "any", "free" or "premium"');
  if (per === "global" && tier !== "any")
    throw validationError("tier", "is not any", "A global limit counts everybody.");
  const result = await rpc(
    db,
    "set_rate_limit_rule",
    {
      p_action: requireText("action", change.action, 100),
      p_per: per,
      p_tier: tier,
      p_window_seconds: requireCount("windowSeconds", change.windowSeconds, "seconds", longestWindowSeconds),
      p_max_requests:
        maxRequests === null ? null : requireCount("maxRequests", maxRequests, "requests", mostRequests),
      p_expected: change.expectedBefore === undefined ? undefined : { max_requests: change.expectedBefore },
      ...actArguments(db, change),
    },
    answer,
    actCall(change),
  );
  return {
    ...toAct(result),
    before: result.before,
    after: result.after,
    rules: result.rules.map(toRule),
  };
}
