import type { Attempt } from "./attempt.ts";
import { discardBody } from "./discard-body.ts";
import { HttpRequestError } from "./http-request-error.ts";
import { type NetworkFailure, networkFailure } from "./network-failure.ts";
import { locationOf, planRequest, type RequestPlan, type RetryRequestInit } from "./request-plan.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { type Clock, type RetryConfig, retryConfig } from "./retry-config.ts";

/**
 * `fetch` that tries again when that can help and cannot do anything twice.
 *
 * A response with another status than the retryable ones is returned. So is the last one when no retry is left, or when
 * the server asks to wait longer than `maxDelay`; its body is unread. GET, HEAD, PUT, DELETE and OPTIONS are repeated after any
 * failure; POST and PATCH too, because they get an `Idempotency-Key`, the same on every attempt. With `idempotency: false` they
 * are repeated only when no byte can have been sent, or when the server refused with 429 or 503 and Retry-After. A body that
 * is a stream is sent once; give a function that makes it to have it sent again.
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
 *   "https://fal.run/model",
 *   { method: "POST", headers: { Authorization: `Key ${key}` }, body: JSON.stringify({ prompt }) },
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
  const plan = planRequest(input, options, settings);
  const { clock, budget, breaker } = settings;
  const { method, signal } = plan;
  const origin = budget === null && breaker === null ? "" : locationOf(plan).origin;
  const end = clock.now() + settings.deadline;
  const attempts: Attempt[] = [];
  let mayHaveArrived = false;
  budget?.deposit(origin);
  for (;;) {
    signal?.throwIfAborted();
    breaker?.admit(origin);
    const started = clock.now();
    let response: Response | null = null;
    let error: unknown = null;
    let failure: NetworkFailure | null = null;
    try {
      response = await attemptOnce(plan, settings, end - started);
    } catch (thrown) {
      failure = signal?.aborted ? null : thrown === timedOut ? timeoutFailure : networkFailure(thrown);
      breaker?.record(origin, failure && false);
      // An abort, told by its reason; or a mistake in the program, told as fetch tells it.
      if (failure === null) throw thrown;
      error = thrown;
      mayHaveArrived ||= failure.sent === "unknown";
    }
    if (response !== null) {
      breaker?.record(origin, response.status < 500);
      if (!settings.retryableStatusCodes.includes(response.status)) return response;
      mayHaveArrived = true;
    }
    const attempt: Attempt = {
      number: attempts.length + 1,
      status: response?.status ?? null,
      reason: failure?.reason ?? null,
      error,
      duration: clock.now() - started,
      delay: null,
    };
    attempts.push(attempt);
    const delay = await nextDelay(attempt, response, failure, plan, settings, end).catch((hookError) => {
      response?.body?.cancel().catch(() => {});
      throw hookError;
    });
    if (delay === null || breaker?.isOpen(origin) || budget?.withdraw(origin) === false) {
      if (response !== null) return response;
      throw requestFailed(plan, attempts, mayHaveArrived);
    }
    attempt.delay = delay;
    // In a promise, so that a hook that throws or rejects does not cost the request that it watches.
    Promise.resolve({ method, url: locationOf(plan).url, attempt, delay })
      .then(settings.onRetry)
      .catch(() => {});
    const waiting = Promise.all([within(delay, signal, clock), response && discardBody(response, clock)]);
    await within(1 / 0, signal, clock, waiting);
  }
}

const timeoutFailure: NetworkFailure = { sent: "unknown", reason: "timeout" };
const timedOut = /* @__PURE__ */ new DOMException("The headers did not come in time.", "TimeoutError");

/** Sends once, and gives up when the headers do not come in time or the caller aborts, whatever `fetch` makes of it. */
async function attemptOnce(
  { input, signal, prepare }: RequestPlan,
  { fetch, clock, attemptTimeout }: RetryConfig,
  left: number,
): Promise<Response> {
  const attempt = new AbortController();
  const prepared = prepare();
  const sending = fetch(input, {
    ...(prepared instanceof Promise ? await prepared : prepared),
    // The caller's signal goes on to the body; the attempt's own ends with the headers.
    signal: signal === null ? attempt.signal : AbortSignal.any([signal, attempt.signal]),
  });
  try {
    const response = await within(Math.min(attemptTimeout, left), signal, clock, sending);
    if (response !== undefined) return response;
    attempt.abort(timedOut);
    throw timedOut;
  } catch (error) {
    // Should it come after all, nobody reads it, and an unread body holds its connection.
    sending.then(({ body }) => body?.cancel()).catch(() => {});
    throw error;
  }
}
/** How long to wait before the next attempt, or null when this was the last. */
async function nextDelay(
  attempt: Attempt,
  response: Response | null,
  failure: NetworkFailure | null,
  plan: RequestPlan,
  settings: RetryConfig,
  end: number,
): Promise<number | null> {
  const { maxRetries, maxDelay, clock, shouldRetry } = settings;
  if (attempt.number > maxRetries || !plan.replayable || failure?.reason === "tls_failed") return null;
  const asked = response === null ? null : parseRetryAfter(response.headers, clock.now());
  if (asked !== null && asked > maxDelay) return null;
  const refused = (response?.status === 429 || response?.status === 503) && asked !== null;
  const safe = plan.idempotent || refused || failure?.sent === "not_sent";
  const delay = waitFor(attempt.number, asked, settings);
  let wanted: boolean | undefined;
  if (shouldRetry !== null) {
    const decision = shouldRetry({ attempt, response, delay, safe });
    wanted = await within(end - clock.now(), plan.signal, clock, Promise.resolve(decision));
  }
  if (!(wanted ?? safe) || clock.now() + delay >= end) return null;
  return delay;
}

/** Exponential, jittered, capped. What the server asked for is never shortened; a quarter is added at most, so that not all who were told the same come back at once. */
function waitFor(
  number: number,
  asked: number | null,
  { initialDelay, maxDelay, jitter, random }: RetryConfig,
): number {
  const full = Math.min(initialDelay * 2 ** (number - 1), maxDelay);
  if (asked !== null && asked > 0) {
    const spread = jitter === "none" ? 0 : Math.min(full, asked / 4) * random();
    return Math.min(asked + spread, Math.max(asked, maxDelay));
  }
  if (jitter === "none") return full;
  const delay = jitter === "full" ? full * random() : jitter(full);
  return Math.min(Math.max(Number.isFinite(delay) ? delay : full, 0), maxDelay);
}

/**
 * Waits for some work, but no longer than so many ms, and not beyond an abort, which rejects with its reason at once.
 * Leaves no timer and no listener behind.
 */
function within<T>(
  ms: number,
  signal: AbortSignal | null,
  clock: Clock,
  work?: Promise<T>,
): Promise<T | undefined> {
  let timer: unknown;
  let onAbort = (): void => {};
  const first = new Promise<T | undefined>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    // A timer cannot hold more, and would fire at once.
    if (ms < 2 ** 31) timer = clock.setTimeout(() => resolve(undefined), ms);
    work?.then(resolve, reject);
  });
  return first.finally(() => {
    if (timer !== undefined) clock.clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
}

function requestFailed(
  plan: RequestPlan,
  attempts: readonly Attempt[],
  mayHaveArrived: boolean,
): HttpRequestError {
  const { reason, error } = attempts.at(-1) as Attempt;
  const inDoubt = mayHaveArrived && !plan.idempotent;
  return new HttpRequestError({
    code: inDoubt ? "ERR_6006" : reason === "timeout" ? "ERR_5001" : "ERR_5002",
    reason: reason ?? "",
    message: `${plan.method} ${locationOf(plan).url} got no answer (${reason}, attempts: ${attempts.length})${inDoubt ? "; it may have been done" : ""}.`,
    retryable: !inDoubt && reason !== "tls_failed",
    cause: error,
    attempts,
    sent: mayHaveArrived ? "unknown" : "not_sent",
  });
}
