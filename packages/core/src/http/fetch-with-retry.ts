import type { Attempt } from "./attempt.ts";
import { discardBody } from "./discard-body.ts";
import { HttpRequestError } from "./http-request-error.ts";
import { type NetworkFailure, networkFailure, type Sent } from "./network-failure.ts";
import { locationOf, planRequest, type RequestPlan, type RetryRequestInit } from "./request-plan.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { type RetryConfig, retryConfig } from "./retry-config.ts";

/**
 * `fetch` that tries again when that can help and, with a server that keeps to HTTP and honours Idempotency-Key, cannot do
 * anything twice.
 *
 * A response with another status than the retryable ones is returned. So is the last one when no retry is left, or when
 * the server asks to wait longer than `maxDelay`; its body is unread. GET, HEAD, PUT, DELETE and OPTIONS are repeated after any
 * failure; POST and PATCH too, because they get an `Idempotency-Key`, the same on every attempt. For a server that does not
 * read it, as no video provider does, say `idempotency: false`: then they are repeated only when no byte can have been sent, or
 * when the server refused with 429 or 503 and Retry-After. A body that is a stream is sent once; give a function that makes it
 * to have it sent again. The body of a Request is read into memory for that.
 *
 * @param input URL or Request
 * @param options of `fetch`. Aborting `signal` ends attempts, waits and the reading of the body at once
 * @param config how often and how long; all times in milliseconds
 * @returns the response
 * @throws HttpRequestError when no attempt got a response: ERR_5001 timed out, ERR_5002 not reachable, ERR_6006 for a request
 *   that may have been carried out · the signal's reason when aborted · ValidationError for a config that cannot be meant ·
 *   TypeError, as `fetch` does, for an invalid URL, header or body
 * @example
 * ```ts
 * const response = await fetchWithRetry(
 *   "https://api.example.com/orders",
 *   { method: "POST", headers: { Authorization: `Bearer ${token}` }, body: JSON.stringify(order) },
 *   { maxRetries: 3, initialDelay: 2000, maxDelay: 30000 },
 * );
 * ```
 */
export async function fetchWithRetry(
  input: string | URL | Request,
  options: RetryRequestInit = {},
  config: Partial<RetryConfig> = {},
): Promise<Response> {
  const settings = retryConfig(config as Readonly<Record<string, unknown>>);
  return sendPlanned(planRequest(input, options, settings), settings);
}

/**
 * What {@link fetchWithRetry} does with a request that is worked out already: for a program that sends one kind of request alone
 * and should be small.
 *
 * @param plan the request, and whether it may be sent again
 * @param settings all of them; they are believed as they are
 * @returns the response
 * @throws as fetchWithRetry does
 * @example
 * ```ts
 * const plan = { input: url, method: "GET", signal: null, idempotent: true, ownKey: null, ...plainBody, prepare: () => ({}) };
 * await sendPlanned(plan, { ...defaultRetryConfig, maxRetries: 1 });
 * ```
 */
export async function sendPlanned(plan: RequestPlan, settings: RetryConfig): Promise<Response> {
  const { clock, budget, breaker, maxDelay, jitter, shouldRetry } = settings;
  const { input, method, signal, idempotent, ownKey } = plan;
  const origin = budget || breaker ? locationOf(plan).origin : "";
  const end = clock.now() + settings.deadline;
  const attempts: Attempt[] = [];
  let sent: Sent = "not_sent";

  /**
   * Waits for some work, but no longer than so many ms, and not beyond an abort, which rejects with its reason at once.
   * Leaves no timer and no listener behind.
   */
  const within = <T>(ms: number, work?: Promise<T>): Promise<T | undefined> =>
    new Promise((resolve, reject) => {
      const settle =
        <V>(act: (value: V) => void) =>
        (value: V): void => {
          if (timer !== false) clock.clearTimeout(timer);
          signal?.removeEventListener("abort", onAbort);
          act(value);
        };
      const onAbort = settle(() => reject(signal?.reason));
      // A timer cannot hold more, and would fire at once.
      const timer = ms < 2 ** 31 && clock.setTimeout(settle(() => resolve(undefined)) as () => void, ms);
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort(undefined);
      work?.then(settle(resolve), settle(reject));
    });

  /** How long to wait before the next attempt, or null when this was the last. */
  const nextDelay = async (
    attempt: Attempt,
    response: Response | null,
    safe: boolean,
  ): Promise<number | null> => {
    const { number, status, reason } = attempt;
    if (number > settings.maxRetries || !plan.replayable || reason === "tls_failed") return null;
    const asked = response && parseRetryAfter(response.headers, clock.now());
    if (asked !== null && asked > maxDelay) return null;
    const refused = asked !== null && (status === 429 || status === 503);
    if (response && !refused) sent = "unknown";
    safe ||= refused;
    // Exponential, jittered, capped. What the server asked for is never shortened; a quarter is added at most, so that
    // not all who were told the same come back at once.
    let delay = Math.min(settings.initialDelay * 2 ** (number - 1), maxDelay);
    if (asked) delay = jitter === "none" ? 0 : Math.min(delay, asked / 4) * settings.random();
    else if (jitter === "full") delay *= settings.random();
    else if (jitter !== "none") {
      const own = jitter(delay);
      if (Number.isFinite(own)) delay = Math.max(own, 0);
    }
    delay = Math.min(Math.max(delay, 0) + (asked ?? 0), maxDelay);
    const wanted =
      shouldRetry &&
      (await within(end - clock.now(), Promise.resolve(shouldRetry({ attempt, response, delay, safe }))));
    return (wanted ?? safe) && clock.now() + delay < end ? delay : null;
  };

  /** Ends the call without an answer; what the last attempt met is why, unless something came between it and the next. */
  const noAnswer = (between?: "deadline" | "circuit_open"): HttpRequestError => {
    const last = attempts.at(-1);
    const reason = between ?? last?.reason ?? "";
    // A key that was made here does not protect a new call: that would get another one.
    const inDoubt = sent === "unknown" && (!idempotent || ownKey !== null);
    return new HttpRequestError({
      code: inDoubt ? "ERR_6006" : reason === "timeout" ? "ERR_5001" : "ERR_5002",
      reason,
      message: `${method} ${locationOf(plan).url} got no answer: ${reason}, attempts: ${attempts.length}${inDoubt ? "; it may have been done" : ""}.`,
      retryable: !inDoubt && reason !== "tls_failed",
      details: ownKey ? { idempotency_key: ownKey } : null,
      cause: last?.error,
      attempts,
      sent,
    });
  };

  budget?.deposit(origin);
  for (;;) {
    // Not by throwIfAborted, which older React Native lacks.
    if (signal?.aborted) throw signal.reason;
    const started = clock.now();
    // The wait was short enough, but reading what was left of the answer took longer.
    if (attempts.length > 0 && started >= end) throw noAnswer("deadline");
    try {
      breaker?.admit(origin);
    } catch (open) {
      throw attempts.length > 0 ? noAnswer("circuit_open") : open;
    }
    let response: Response | null = null;
    let error: unknown = null;
    let failure: NetworkFailure | null = null;
    const own = new AbortController();
    const send = (init: RequestInit): Promise<Response> => {
      // A body that took longer to make than there was time.
      if (own.signal.aborted) throw timedOut;
      return settings.fetch(input, {
        ...init,
        // The caller's signal goes on to the body; the attempt's own ends with the headers. Older React Native cannot join
        // them, and has the whole body by then.
        signal: signal ? (AbortSignal.any?.([signal, own.signal]) ?? own.signal) : own.signal,
      });
    };
    let sending: Promise<Response> | null = null;
    try {
      const prepared = plan.prepare();
      sending = prepared instanceof Promise ? prepared.then(send) : send(prepared);
      response = (await within(Math.min(settings.attemptTimeout, end - started), sending)) ?? null;
      if (!response) throw timedOut;
      breaker?.record(origin, response.status < 500);
      if (!settings.retryableStatusCodes.includes(response.status)) return response;
    } catch (thrown) {
      own.abort(timedOut);
      // Should it come after all, nobody reads it, and an unread body holds its connection.
      sending?.then(({ body }) => body?.cancel()).catch(() => {});
      error = thrown;
      failure =
        signal?.aborted || plan.hasBodyFailed()
          ? null
          : thrown === timedOut
            ? { sent: "unknown", reason: "timeout" }
            : networkFailure(thrown);
      breaker?.record(origin, failure && false);
      // An abort, told by its reason; or a mistake in the program, told as fetch tells it.
      if (!failure) throw thrown;
    }
    if (failure?.sent === "unknown") sent = "unknown";
    const reason = failure?.reason ?? null;
    const attempt: Attempt = {
      number: attempts.length + 1,
      status: response?.status ?? null,
      reason,
      error,
      duration: clock.now() - started,
      delay: null,
    };
    attempts.push(attempt);
    const safe = idempotent || failure?.sent === "not_sent";
    const delay = await nextDelay(attempt, response, safe).catch((hookError) => {
      response?.body?.cancel().catch(() => {});
      throw hookError;
    });
    if (delay === null || breaker?.isOpen(origin) || budget?.withdraw(origin) === false) {
      if (response) return response;
      throw noAnswer();
    }
    attempt.delay = delay;
    // In a promise, so that a hook that throws or rejects does not cost the request that it watches.
    Promise.resolve({ method, url: locationOf(plan).url, attempt, delay })
      .then(settings.onRetry)
      .catch(() => {});
    await Promise.all([within(delay), response && discardBody(response, within, end - clock.now())]);
  }
}

// No DOMException, which React Native keeps to itself.
const timedOut = /* @__PURE__ */ Object.assign(
  /* @__PURE__ */ new Error("The headers did not come in time."),
  {
    name: "TimeoutError",
  },
);
