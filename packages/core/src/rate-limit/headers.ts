import { decidingLimit } from "./deciding-limit.ts";
import type { LimitState, RateLimitDecision } from "./decision.ts";

/** What to tell a client about its limits. */
export interface RateLimitHeaderOptions {
  /** True to add `X-RateLimit-Limit`, `-Remaining` and `-Reset`, for clients that know only those. Default: false. */
  readonly legacy?: boolean | undefined;
  /**
   * Names of the limits that the client may know of. Default: all but those with `per: "global"`, whose numbers tell how
   * much the service bears and how busy others keep it (draft, section 8.2). `[]` tells of none; `Retry-After` stays.
   */
  readonly policyNames?: readonly string[] | undefined;
}

/**
 * Every header that {@link rateLimitHeaders} can set, in lower case. A page of another origin reads only those that
 * `Access-Control-Expose-Headers` names.
 */
export const rateLimitHeaderNames: readonly string[] = [
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
];

/** The largest Integer of RFC 9651 section 3.3.1: 15 digits. */
const LARGEST = 999_999_999_999_999;

/**
 * Writes a decision as response headers, for a denial and for an admitted request alike (but not for a redirect: with
 * nothing left, a client may wait before it follows). Sections are those of draft-ietf-httpapi-ratelimit-headers-11.
 *
 * - `RateLimit-Policy` (section 3): every limit with its quota `q` and its window `w` in seconds. It names no quota unit,
 *   because "requests" is the default (3.1), and no partition key (3.1.4): that would be the address or the user's id, or
 *   a hash from which these can be guessed (6.1).
 * - `RateLimit` (section 4): what is left, `r`, and for how long the client must do with it, `t` in whole seconds, rounded
 *   up (4.1.2). When no request like this one fits, `t` is the time until one does; else the time until everything is
 *   there again, but never so short that spreading `r` over `t` would go faster than the policy allows (section 6 asks for
 *   that cap). A denial names the violated limits only, since `Retry-After` should not end before any `t` (section 6).
 * - `Retry-After` (RFC 9110 section 10.2.3): denials only, 1 or more.
 * - `X-RateLimit-*`: one limit, the violated one that lasts longest, else the one with the least left. `Reset` is in Unix
 *   seconds, as GitHub, X and express-rate-limit have it, by the store's clock.
 *
 * The clock of this machine is never asked. A decision without the store has no limits, so nothing is told of them.
 *
 * @param decision what the limiter said
 * @param options which limits may be told, and whether in the older headers too
 * @returns header names in lower case; names of limits are Strings of RFC 9651, with `_` for all but printable ASCII
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11
 * @example
 * ```ts
 * rateLimitHeaders(decision);
 * // { "ratelimit-policy": '"per_ip";q=10;w=3600', ratelimit: '"per_ip";r=0;t=120', "retry-after": "120" }
 * ```
 */
export function rateLimitHeaders(
  decision: RateLimitDecision,
  { legacy = false, policyNames }: RateLimitHeaderOptions = {},
): Record<string, string> {
  const told = decision.limits.filter(({ name, per }) => policyNames?.includes(name) ?? per !== "global");
  const current = decision.allowed ? told : told.filter(({ allowed }) => !allowed);
  const headers: Record<string, string> = {};
  if (told.length > 0) headers["ratelimit-policy"] = told.map(policyItem).join(", ");
  if (current.length > 0) headers.ratelimit = current.map(serviceLimitItem).join(", ");
  if (!decision.allowed) {
    headers["retry-after"] = whole(Math.max(decision.retryAfter, ...current.map(effectiveWindow)), 1);
  }
  const deciding = decidingLimit(current);
  if (legacy && deciding !== undefined) {
    headers["x-ratelimit-limit"] = whole(deciding.limit, 0);
    headers["x-ratelimit-remaining"] = whole(deciding.remaining, 0);
    headers["x-ratelimit-reset"] = whole(Date.parse(deciding.resetAt) / 1_000, 0);
  }
  return headers;
}

function policyItem({ name, limit, windowSeconds }: LimitState): string {
  return `${quotedName(name)};q=${whole(limit, 0)};w=${whole(windowSeconds, 1)}`;
}

function serviceLimitItem(state: LimitState): string {
  return `${quotedName(state.name)};r=${whole(state.remaining, 0)};t=${whole(effectiveWindow(state), 1)}`;
}

/** Seconds for which the client must do with what is left. */
function effectiveWindow(state: LimitState): number {
  const { allowed, remaining, limit, windowSeconds, retryAfterMs, resetAfterMs } = state;
  if (!allowed || retryAfterMs > 0) return retryAfterMs / 1_000;
  return Math.max(resetAfterMs / 1_000, (remaining * windowSeconds) / limit);
}

/** Digits only, whatever comes in: a field with one bad number is malformed, and clients ignore all of it (section 7). */
function whole(value: number, least: number): string {
  return String(value > least ? Math.min(Math.ceil(value), LARGEST) : least);
}

/** A String of RFC 9651 section 3.3.3. The limiter refuses such names before; here they must not end the header. */
function quotedName(name: string): string {
  return `"${name.replace(/[^\x20-\x7e]/gu, "_").replace(/["\\]/g, "\\$&")}"`;
}
