import type { DatabaseClient } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { createRateLimiter, type RateLimiter } from "./create-rate-limiter.ts";
import type { RateLimitDecision } from "./decision.ts";
import type { RateLimitConfig, RateLimitsConfig } from "./judged-request.ts";
import type { FetchHandler, LimitedHandlerOptions } from "./with-rate-limit.ts";

/**
 * Judges and counts a request by one limit for each client address, with one request to the database; or, with the action
 * alone, by the rules that are set for it there.
 *
 * The window rolls: never more than `maxRequests` in any `windowMinutes`, however many processes ask at once. A denied
 * request counts against nothing. A client that was refused is refused from memory for up to 10 s, without a request.
 *
 * @param req the request; only the header that `trust` names is read of it
 * @param config action, limit, and options. By default nobody is believed about the address (`trust: "none"`), so all
 *   clients share one bucket and the log says so
 * @param db a client with a secret key; give the same one each time, denials are remembered with it
 * @returns the decision; `retryAfter` is in seconds
 * @throws ValidationError ERR_4008 for a malformed config · ERR_4008 client_ip_unknown with `unknownIp: "refuse"` ·
 *   ERR_6008 when the database does not answer within `timeoutMs` and the limit is closed · ERR_6003 when the client may not ask
 *   (an anon key) or has no rule to go by: the app's own mistake, which no policy covers
 * @example
 * ```ts
 * const decision = await checkRateLimit(req, { action: "video_generation", maxRequests: 10, windowMinutes: 60, trust: "supabase" }, db);
 * if (!decision.allowed) {
 *   return createErrorResponse({ code: ErrorCode.ERR_4004, request: req, variables: { seconds: decision.retryAfter } });
 * }
 * ```
 */
export async function checkRateLimit(
  req: Request,
  config: RateLimitConfig,
  db: DatabaseClient,
): Promise<RateLimitDecision> {
  return limiterOf(db).check(req, config);
}

/**
 * Judges a request by several limits at once, with one request: all of them are counted, or none.
 *
 * @param req the request
 * @param config action, limits, and options as for `checkRateLimit`
 * @param db a client with a secret key
 * @returns the decision; `violated` names the limits that refuse
 * @throws as `checkRateLimit` does
 * @example
 * ```ts
 * const limits = [
 *   { per: "ip", maxRequests: 10, windowMinutes: 60 },
 *   { per: "user", maxRequests: 5, windowMinutes: 60 },
 *   { per: "global", maxRequests: 1_000, windowMinutes: 1, onStoreFailure: "open" },
 * ] as const;
 * const decision = await checkRateLimits(req, { action: "video_generation", limits, userId, trust: "supabase" }, db);
 * ```
 */
export async function checkRateLimits(
  req: Request,
  config: RateLimitsConfig,
  db: DatabaseClient,
): Promise<RateLimitDecision> {
  return limiterOf(db).check(req, config);
}

/**
 * Wraps a handler so that requests over a limit never reach it: they are answered with ERR_4004 in the user's language, with
 * Retry-After and the RateLimit fields. Answers of the handler get the RateLimit fields too, but for redirects.
 *
 * - The store does not answer and a limit is closed: ERR_6008, 503. All limits are open: the handler runs.
 * - The app's own mistakes (a malformed config, a key that may not ask, an action without rules) are thrown: the config's
 *   when this is called, the others at a request, as ERR_6003 for `withErrors` around this to answer.
 * - A browser's CORS preflight counts as any request, unless `preflights` is `pass`; or answer OPTIONS before this is asked.
 * - With a limit per user, `userId` is asked before anything is counted: who sends bad tokens costs what that costs. Put a limit
 *   per ip around this one where that matters.
 * - `reserve: true`: work that failed gives its slot back, once. That is an answer from 500 (see `giveBack`) or an error that
 *   is not the client's own; not when the client went away, for then the work may go on elsewhere. What fails after the answer
 *   began, e.g. in its stream, keeps the slot. A release that fails is logged and changes no answer.
 *
 * @param handler answers the requests within the limits
 * @param config `db` and the limits, as for `checkRateLimit` and `checkRateLimits`; how refusals are answered, as for `withErrors`
 * @returns a handler; it rejects where the given one does, and for mistakes as said
 * @throws ValidationError ERR_4008 for a malformed config
 * @example
 * ```ts
 * Deno.serve(
 *   withErrors(
 *     withRateLimit(generateVideo, {
 *       ...{ db, trust: "supabase", action: "video_generation", maxRequests: 10, windowMinutes: 60, reserve: true },
 *       waitUntil: (work) => EdgeRuntime.waitUntil(work),
 *     }),
 *     { db },
 *   ),
 * );
 * ```
 */
export function withRateLimit<Args extends readonly unknown[] = []>(
  handler: FetchHandler<Args>,
  config: LimitedHandlerOptions<Args> & { readonly db: DatabaseClient },
): (request: Request, ...args: Args) => Promise<Response> {
  const { db, ...options } = config;
  return limiterOf(db).withRateLimit(handler, options as LimitedHandlerOptions<Args>);
}

const limiters = new WeakMap<DatabaseClient, RateLimiter>();

function limiterOf(db: DatabaseClient): RateLimiter {
  if (typeof db?.rpc !== "function")
    throw validationError(
      "db",
      "is not a client of the database",
      "Give what createDatabase or createClient returns.",
    );
  const known = limiters.get(db);
  if (known !== undefined) return known;
  const limiter = createRateLimiter({ db });
  limiters.set(db, limiter);
  return limiter;
}
