import { listRateLimitRules, peekRateLimits, type RateLimitRule } from "@vidops/core/rate-limit";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";

/**
 * The rules, of one action or all.
 * @throws VidopsError ERR_4006 (exit 4) for a signed-in user who is no admin.
 */
export async function listRules(action: string | null, session: CommandSession): Promise<RateLimitRule[]> {
  const plan = planConnection(session, "person");
  const db = await openDatabase(session, plan);
  const rules = await listRateLimitRules(db, { action });
  // Who may not see rules is shown none; what only operators may ask tells that from there being none.
  if (rules.length === 0 && plan.accessToken !== null) await peekRateLimits(db, { action: action ?? "any" });
  return rules;
}
