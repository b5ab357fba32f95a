import * as z from "zod/mini";
import {
  type DatabaseClient,
  requireCount,
  requireReason,
  requireRunId,
  requireUuid,
  rpc,
} from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { longestWindowSeconds, mostRequests, requireText } from "./limit-input.ts";
import { type RateLimitRule, type RateLimitTier, ruleRow, toRule } from "./rate-limit-rule.ts";

/** A rule as it is to be. */
export interface RateLimitRuleChange {
  /** 1 to 100 characters. */
  action: string;
  per: "ip" | "user" | "global";
  /** Default `any`, which is the only one that `global` can have. */
  tier?: RateLimitTier;
  /** 1 second to 366 days. */
  windowSeconds: number;
  /** Requests in any window, 1 to 1 000 000 000; null takes the rule away. */
  maxRequests: number | null;
  /** Why, in 1 to 500 characters; stored in the audit trail. */
  reason: string;
  /** The acting admin; needed with a secret key, which is nobody's. */
  adminUserId?: string | null;
  /** The run to store with it. Default: the client's. */
  runId?: string | null;
  /** Only say what would change. */
  dryRun?: boolean;
  /** Stops the waiting; a change in flight cannot be taken back (ERR_6006). */
  signal?: AbortSignal | undefined;
}

/** What was changed, or (with `dryRun`) would be. */
export interface ChangedRateLimitRule {
  /** False when the rule was so before. */
  changed: boolean;
  /** The audit row; null when nothing was changed. */
  actionId: string | null;
  /** Requests before; null when there was no such rule. */
  before: number | null;
  after: number | null;
  /** All rules of the action, as they are now. */
  rules: RateLimitRule[];
  dryRun: boolean;
}

const answer = z.object({
  success: z.literal(true),
  changed: z.boolean(),
  action_id: z.nullable(z.union([z.number(), z.string()])),
  before: z.nullable(z.int()),
  after: z.nullable(z.int()),
  rules: z.array(ruleRow),
  dry_run: z.boolean(),
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
  const { per, tier = "any", maxRequests, dryRun = false } = change;
  if (!["ip", "user", "global"].includes(per))
    throw validationError("per", 'is not "ip", "user" or "global"');
  if (!["any", "free", "premium"].includes(tier))
    throw validationError("tier", 'is not "any", "free" or "premium"');
  if (per === "global" && tier !== "any")
    throw validationError("tier", "is not any", "A global limit counts everybody.");
  const runId = change.runId ?? db.runId;
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
      p_reason: requireReason(change.reason),
      p_admin_user_id:
        change.adminUserId == null ? undefined : requireUuid("adminUserId", change.adminUserId),
      p_dry_run: dryRun,
      p_run_id: runId == null ? undefined : requireRunId(runId),
    },
    answer,
    // A dry run writes nothing, so a lost answer leaves nothing in doubt.
    { effect: dryRun ? "read" : "write", signal: change.signal },
  );
  return {
    changed: result.changed,
    actionId: result.action_id === null ? null : String(result.action_id),
    before: result.before,
    after: result.after,
    rules: result.rules.map(toRule),
    dryRun: result.dry_run,
  };
}
