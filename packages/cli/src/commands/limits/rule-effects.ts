import type { RateLimitRule } from "@vidops/core/rate-limit";
import { limitWords } from "./limit-words.ts";

/** One rule: which, and how many requests; null when there is none, or is to be none. */
export interface RuleChange extends Pick<RateLimitRule, "action" | "per" | "tier" | "windowSeconds"> {
  readonly maxRequests: number | null;
}

/** Whether a rule is the one that a change is about. */
export function isSameRule(a: Omit<RuleChange, "maxRequests">, b: Omit<RuleChange, "maxRequests">): boolean {
  return a.action === b.action && a.per === b.per && a.tier === b.tier && a.windowSeconds === b.windowSeconds;
}

/** The rules of an action as they will be, in the order of a list. */
export function rulesAfter(rules: readonly RateLimitRule[], change: RuleChange, now: Date): RateLimitRule[] {
  const { maxRequests, ...which } = change;
  const others = rules.filter((rule) => !isSameRule(rule, change));
  const before = rules.find((rule) => isSameRule(rule, change));
  if (maxRequests === null) return others;
  const updatedAt = before?.maxRequests === maxRequests ? before.updatedAt : now.toISOString();
  return [...others, { ...which, maxRequests, updatedAt }].sort(
    (a, b) => compare(a.per, b.per) || compare(a.tier, b.tier) || a.windowSeconds - b.windowSeconds,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const tiers = ["free", "premium"] as const;

/**
 * What somebody would not expect who changes one rule: since a tier's own rules stand in for those of any tier, a rule may
 * have no effect, or more than its own.
 *
 * @param before all rules of the action
 * @param after the same as they will be
 * @returns sentences
 */
export function surprises(
  before: readonly RateLimitRule[],
  after: readonly RateLimitRule[],
  { action, per, tier, maxRequests }: RuleChange,
): string[] {
  const found: string[] = [];
  const own = (rules: readonly RateLimitRule[], of: RateLimitRule["tier"]): RateLimitRule[] =>
    rules.filter((rule) => rule.per === per && rule.tier === of);
  if (tier === "any" && maxRequests !== null) {
    const apart = tiers.filter((one) => own(after, one).length > 0);
    if (apart.length > 0)
      found.push(
        `This rule is not for ${apart.join(" and ")} users${apart.length === tiers.length ? ", so for nobody" : ""}: they have rules per ${per} of their own.`,
      );
  }
  const general = own(after, "any");
  if (tier !== "any" && general.length > 0) {
    const [had, has] = [own(before, tier).length > 0, own(after, tier).length > 0];
    const list = general.map((rule) => limitWords(rule.maxRequests, rule.windowSeconds)).join(", ");
    if (!had && has) found.push(`For ${tier} users it stands in for the rules of any tier (${list}).`);
    if (had && !has) found.push(`For ${tier} users the rules of any tier hold from then on (${list}).`);
  }
  if (per === "user" && maxRequests !== null && !before.some((rule) => rule.per === "user"))
    found.push(`Requests of ${action} that name no user are refused from then on (401).`);
  const without = tiers.filter((one) => !after.some((rule) => rule.tier === one || rule.tier === "any"));
  if (before.length + after.length > 0 && without.length > 0)
    found.push(
      `No rule is there for ${without.join(" and ")} users: checks of ${action} that go by rules fail for them (no_rate_limit_rule).`,
    );
  return found;
}
