import * as z from "zod/mini";

/** A limit that ops can change without a deploy: what an action may be done how often. */
export interface RateLimitRule {
  readonly action: string;
  readonly per: "ip" | "user" | "global";
  /** Whose requests it is for. A tier's own rules stand in for those of `any`. */
  readonly tier: RateLimitTier;
  readonly windowSeconds: number;
  /** Requests in any window. */
  readonly maxRequests: number;
  /** Since when it is so: ISO 8601, UTC. */
  readonly updatedAt: string;
}

/** Users for whom a rule is. */
export type RateLimitTier = "any" | "free" | "premium";

/** What the database says of a rule. */
export interface RateLimitRuleRow {
  action: string;
  per: "ip" | "user" | "global";
  tier: RateLimitTier;
  window_seconds: number;
  max_requests: number;
  updated_at: string;
}

/** Checks what the database says of a rule. */
export const ruleRow: z.ZodMiniType<RateLimitRuleRow> = z.object({
  action: z.string(),
  per: z.enum(["ip", "user", "global"]),
  tier: z.enum(["any", "free", "premium"]),
  window_seconds: z.int().check(z.positive()),
  max_requests: z.int().check(z.positive()),
  updated_at: z.string(),
});

/** Renames a row's columns. */
export function toRule(row: RateLimitRuleRow): RateLimitRule {
  return {
    action: row.action,
    per: row.per,
    tier: row.tier,
    windowSeconds: row.window_seconds,
    maxRequests: row.max_requests,
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}
