import { type DatabaseClient, read } from "../database/index.ts";
import { requireText } from "./limit-input.ts";
import { type RateLimitRule, ruleRow, toRule } from "./rate-limit-rule.ts";

/**
 * Lists the rules that `checkRateLimit` applies where it is told no limits.
 *
 * @param db a client of an admin (anybody else is shown none), or with a secret key
 * @param query one action's, or all
 * @returns the rules by action, at most 1000
 * @throws VidopsError ERR_4008 bad input, and all ways in which a request can fail
 * @example
 * ```ts
 * for (const { per, tier, maxRequests, windowSeconds } of await listRateLimitRules(db, { action: "video_generation" }))
 *   console.log(per, tier, maxRequests, windowSeconds);
 * ```
 */
export async function listRateLimitRules(
  db: DatabaseClient,
  query: { action?: string | null; signal?: AbortSignal | undefined } = {},
): Promise<RateLimitRule[]> {
  const action = query.action == null ? null : requireText("action", query.action, 100);
  const rows = await read(
    db,
    (client) => {
      const rules = client
        .from("rate_limit_rules")
        .select("action,per,tier,window_seconds,max_requests,updated_at");
      return (action === null ? rules : rules.eq("action", action))
        .order("action")
        .order("per")
        .order("tier")
        .order("window_seconds")
        .limit(1000);
    },
    ruleRow,
    { signal: query.signal },
  );
  return rows.map(toRule);
}
