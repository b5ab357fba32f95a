import type { LimitState } from "./decision.ts";

/**
 * Finds the limit that a client has to reckon with: of those that refuse the one that lasts longest, else the one with
 * the fewest requests left, since it refuses first. Of equals the first.
 *
 * @param limits limits of one decision
 * @returns the limit; undefined when there is none
 * @example
 * ```ts
 * decidingLimit(decision.limits)?.name; // "per_ip"
 * ```
 */
export function decidingLimit(limits: readonly LimitState[]): LimitState | undefined {
  const refusing = limits.filter(({ allowed }) => !allowed);
  return refusing.length > 0
    ? refusing.reduce((longest, limit) => (limit.retryAfterMs > longest.retryAfterMs ? limit : longest))
    : limits.toSorted((a, b) => a.remaining - b.remaining)[0];
}
