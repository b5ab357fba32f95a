import { decidingLimit } from "./deciding-limit.ts";
import type { Allowed, AllowedUncounted, DegradedReason, Denied, LimitState } from "./decision.ts";
import type { TakeAnswer } from "./store.ts";

/** The decision that a store's answer is. */
export function decisionOf(answer: TakeAnswer, ip: string | null): Allowed | Denied {
  return answer.allowed
    ? { ...judged(answer.limits, ip), allowed: true, cached: false, reservation: answer.reservation }
    : denialOf(answer.limits, ip, false);
}

/** A denial, of the store or repeated. */
export function denialOf(limits: readonly LimitState[], ip: string | null, cached: boolean): Denied {
  const wait = decidingLimit(limits)?.retryAfterMs ?? 0;
  // Rounded up: a client that comes a moment too early is refused again.
  return { ...judged(limits, ip), allowed: false, cached, retryAfter: Math.max(1, Math.ceil(wait / 1_000)) };
}

/** The admission of a request that nobody counted. */
export function uncounted(degraded: DegradedReason, ip: string | null): AllowedUncounted {
  return {
    allowed: true,
    degraded,
    ...{ limit: null, remaining: null, resetAt: null, windowSeconds: null, violated: [], limits: [] },
    ...{ ip, cached: false, reservation: null },
  };
}

/** What an answer must be, whoever gives it: a store that talks nonsense has not answered. */
export function isUsableAnswer(answer: TakeAnswer, reserved: boolean): boolean {
  const { allowed, limits, reservation } = answer ?? {};
  return (
    Array.isArray(limits) &&
    limits.length > 0 &&
    allowed === limits.every((limit) => limit?.allowed === true) &&
    (typeof reservation === "string") === (allowed && reserved)
  );
}

type Shared = Omit<Denied, "allowed" | "cached" | "retryAfter" | "reservation">;

function judged(limits: readonly LimitState[], ip: string | null): Shared {
  const deciding = decidingLimit(limits) as LimitState;
  return {
    limit: deciding.limit,
    remaining: deciding.remaining,
    resetAt: deciding.resetAt,
    windowSeconds: deciding.windowSeconds,
    violated: limits
      .filter(({ allowed }) => !allowed)
      .map(({ name }) => name)
      .sort(),
    limits,
    ip,
    degraded: null,
  };
}
