import { isVidopsError, VidopsError } from "../errors/index.ts";
import type { DegradedReason } from "./decision.ts";

/** Time, for the limiter. The default is the runtime's; `now` is never set and not the time of day. */
export interface Clock {
  /** Milliseconds since some instant. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The runtime's own time. */
export const runtimeClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer as number),
};

/** How long may be waited. */
export interface Patience {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What the store answered, what it refuses to answer, or why it could not. */
export type StoreOutcome<T> =
  | { readonly kind: "answered"; readonly answer: T }
  | { readonly kind: "refused"; readonly error: VidopsError }
  | { readonly kind: "failed"; readonly reason: DegradedReason; readonly cause: unknown };

/**
 * Asks a store once, and no longer than it may take. What comes later is dropped, a rejection too.
 *
 * @param ask begins the request; its signal is aborted when nobody waits any more
 * @param patience how long, and the caller's signal
 * @returns the answer; or what the store said when it refuses, e.g. ERR_4006 for a key that may not ask, which is no failure of
 *   the store and covered by no policy; or the failure
 * @throws the signal's reason when the caller stops waiting
 */
export async function askStore<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { timeoutMs, clock, signal }: Patience,
): Promise<StoreOutcome<T>> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<typeof late | typeof left>();
  const timer = clock.setTimeout(() => stop(late), timeoutMs);
  const onAbort = (): void => stop(left);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const outcome = await Promise.race([ask(controller.signal), stopped]);
    // Frees the socket of a request that is given up.
    if (outcome === left || outcome === late) controller.abort();
    if (outcome === left) throw signal?.reason;
    if (outcome === late) return { kind: "failed", reason: "store_timeout", cause: null };
    return { kind: "answered", answer: outcome as T };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    if (isVidopsError(error) && isRefusal(error)) return { kind: "refused", error };
    const timedOut = isVidopsError(error) && error.reason === "timeout";
    return { kind: "failed", reason: timedOut ? "store_timeout" : "store_unavailable", cause: error };
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

const late = Symbol("late");
const left = Symbol("left");

/**
 * The store is well and says no: to the key, to the input, or for want of a rule (ERR_6003) or of the function (ERR_6004).
 * ERR_4004 is a gateway that is too busy to let the question through.
 */
function isRefusal({ code }: VidopsError): boolean {
  return (code.startsWith("ERR_4") && code !== "ERR_4004") || code === "ERR_6003" || code === "ERR_6004";
}

/**
 * Makes the app's own mistake out of an error that would be answered as the client's: a key of the app that may not ask
 * is a 403 to the app, but to the app's user it is a 500.
 *
 * @param error what the store or the input check said; its reason, message and hint stay
 * @returns the error to throw
 */
export function misconfigured(error: VidopsError): VidopsError {
  // But for this one: a rule of the database is per user, and this client is none.
  if (error.reason === "rate_limit_needs_user") return error;
  return new VidopsError({
    code: error.code === "ERR_6004" ? "ERR_6004" : "ERR_6003",
    reason: error.reason,
    message: `The rate limit is set up wrongly: ${error.message}`,
    hint: error.hint,
    details: error.details,
    cause: error,
  });
}
