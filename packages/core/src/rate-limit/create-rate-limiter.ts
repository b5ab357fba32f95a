import { type DatabaseClient, requireUuid } from "../database/index.ts";
import { VidopsError, validationError } from "../errors/index.ts";
import { logSafely } from "../logging/index.ts";
import { askStore, type Clock, misconfigured, runtimeClock } from "./ask-store.ts";
import { bucketAddress } from "./bucket-address.ts";
import { decisionOf, denialOf, isUsableAnswer, uncounted } from "./decide.ts";
import type { DegradedReason, LimitState, RateLimitDecision } from "./decision.ts";
import { createDenyCache, type DenyCacheOptions, denialKey } from "./deny-cache.ts";
import {
  type EndpointConfig,
  type JudgedRequest,
  type JudgementOptions,
  judgedRequest,
  type RateLimitConfig,
  type RateLimitsConfig,
  requireConfig,
} from "./judged-request.ts";
import { type RateLimit, requireLimit, requireText } from "./limit-input.ts";
import {
  defaultSettings,
  type LimiterOptions,
  requireAddressSettings,
  settingsOf,
} from "./limiter-options.ts";
import { createPostgresStore } from "./postgres-store.ts";
import type { RateLimitStore, SettledReservation } from "./store.ts";
import { type FetchHandler, type LimitedHandlerOptions, limitHandler } from "./with-rate-limit.ts";

/** What a limiter is made of. */
export type RateLimiterOptions = LimiterOptions & {
  /** Remembers denials in this process. False: the store is always asked. Default: 10 000 denials, 10 s. */
  readonly denyCache?: DenyCacheOptions | false | undefined;
  /** Default: the runtime's. */
  readonly clock?: Clock | undefined;
} & (
    | { /** A client with a secret key. */ readonly db: DatabaseClient; readonly store?: undefined }
    | { /** Where to count instead. */ readonly store: RateLimitStore; readonly db?: undefined }
  );

/** How long one call may wait for the store. */
export type Waiting = Pick<JudgementOptions, "timeoutMs" | "signal">;

/** Whose count is meant; a limit per address without `ip` is that of all unknown addresses. */
export interface LimitedSubject {
  readonly action: string;
  readonly ip?: string | null | undefined;
  readonly userId?: string | null | undefined;
}

/** Judges requests by limits, over one store. */
export interface RateLimiter {
  /** Judges and counts a request: `checkRateLimit` and `checkRateLimits` over this limiter's store. */
  check(req: Request, config: RateLimitConfig | RateLimitsConfig): Promise<RateLimitDecision>;
  /** Looks how a request would be judged, and counts nothing. Asks the store each time; ERR_6008 when it does not answer. */
  peek(req: Request, config: RateLimitConfig | RateLimitsConfig): Promise<readonly LimitState[]>;
  /**
   * Forgets what one limit counted for one subject of an action, e.g. of attempts to sign in after one that worked; true
   * when there was something. Other processes may repeat a denial of before for up to 10 s. It is not audited, as
   * `vidops limits reset` is.
   */
  reset(subject: LimitedSubject, limit: RateLimit, waiting?: Waiting): Promise<boolean>;
  /** Keeps a reserved slot for good. Nothing needs this to be counted: a slot that is not given back stays taken. */
  commit(reservation: string, waiting?: Waiting): Promise<SettledReservation>;
  /** Gives a reserved slot back, once; ERR_6008 when the store does not answer: try again, it is done once. */
  release(reservation: string, waiting?: Waiting): Promise<SettledReservation>;
  /** Wraps a handler: see the function of this name. */
  withRateLimit<Args extends readonly unknown[]>(
    handler: FetchHandler<Args>,
    config: LimitedHandlerOptions<Args>,
  ): (request: Request, ...args: Args) => Promise<Response>;
}

/**
 * Makes a limiter: what `checkRateLimit` and `withRateLimit` are over, for apps that share settings among many endpoints
 * or count elsewhere than in Postgres. Make one for each process: it remembers denials. Nothing is sent yet.
 *
 * @param options where to count; who may be believed about the client's address; what to do when the store fails
 * @returns the limiter
 * @throws ValidationError ERR_4008 for an option that is malformed
 * @example
 * ```ts
 * const limiter = createRateLimiter({ db, trust: "cloudflare" });
 * const decision = await limiter.check(req, { action: "video_generation", maxRequests: 10, windowMinutes: 60 });
 * ```
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { clock = runtimeClock, denyCache = {} } = options;
  const store = storeOf(options);
  const defaults = requireAddressSettings(settingsOf(options, defaultSettings));
  const cache = denyCache === false ? null : createDenyCache(denyCache, clock.now);
  let warnedAt = Number.NEGATIVE_INFINITY;

  const warnOfUnknownIp = ({ asked, settings }: JudgedRequest, limits: readonly LimitState[]): void => {
    if (asked.ip !== null || !limits.some(({ per }) => per === "ip")) return;
    if (clock.now() - warnedAt < 60_000) return;
    warnedAt = clock.now();
    const hint = 'Set `trust` to what stands in front of the app, e.g. "supabase" or { hops: 1 }.';
    const data = {
      action: asked.action,
      trust: settings.trust,
      effect: "such requests share one limit",
      hint,
    };
    logSafely(settings.log, "rate_limit_ip_unknown", data, "warn");
  };

  const check: RateLimiter["check"] = async (req, config) => {
    const request = judgedRequest(req, config, defaults);
    const { asked, settings, onStoreFailure } = request;
    const key = cache === null ? "" : denialKey(asked);
    const repeated = cache?.repeat(key) ?? null;
    if (repeated !== null) return denialOf(repeated, asked.ip, true);

    const remember = cache?.asking(key);
    const unloggedDenials = cache?.takeRepeats(key) ?? 0;
    const { timeoutMs, log } = settings;
    const outcome = await askStore((signal) => store.take({ ...asked, unloggedDenials }, signal), {
      ...{ timeoutMs, clock, signal: config.signal },
    });
    if (outcome.kind === "refused") throw misconfigured(outcome.error);
    if (outcome.kind === "failed" || !isUsableAnswer(outcome.answer, asked.reserve)) {
      const failure = outcome.kind === "failed" ? outcome : contradiction;
      const error = storeFailed(failure);
      const data = { action: asked.action, policy: onStoreFailure, reason: failure.reason, error };
      logSafely(log, "rate_limit_store_failed", data, onStoreFailure === "open" ? "warn" : "error");
      if (onStoreFailure === "closed") throw error;
      return uncounted(failure.reason, asked.ip);
    }
    const { answer } = outcome;
    remember?.(answer.allowed ? null : answer.limits);
    warnOfUnknownIp(request, answer.limits);
    return decisionOf(answer, asked.ip);
  };

  const ask = async <T>(
    work: (signal: AbortSignal) => Promise<T>,
    { timeoutMs, signal }: Waiting,
  ): Promise<T> => {
    const outcome = await askStore(work, { timeoutMs: timeoutMs ?? defaults.timeoutMs, clock, signal });
    if (outcome.kind === "answered") return outcome.answer;
    throw outcome.kind === "refused" ? outcome.error : storeFailed(outcome);
  };

  const limiter: RateLimiter = {
    check,
    peek: async (req, config) => {
      const { asked } = judgedRequest(req, config, defaults);
      return ask((signal) => store.peek(asked, signal), config);
    },
    reset: async ({ action, ip, userId }, limit, waiting = {}) => {
      const request = {
        action: requireText("action", action, 100),
        ip: ip == null ? null : requireAddress(ip, defaults),
        userId: userId == null ? null : requireUuid("userId", userId),
        limit: requireLimit(limit, "limit."),
      };
      const changed = await ask((signal) => store.reset(request, signal), waiting);
      cache?.distrust();
      return changed;
    },
    commit: async (reservation, waiting = {}) => {
      const id = requireText("reservation", reservation, 200);
      return ask((signal) => store.commit(id, signal), waiting);
    },
    release: async (reservation, waiting = {}) => {
      const id = requireText("reservation", reservation, 200);
      const released = await ask((signal) => store.release(id, signal), waiting);
      if (released.changed) cache?.distrust();
      return released;
    },
    withRateLimit: (handler, config) => {
      // What is wrong with it is said at start, not to the first user.
      const { userId: _userId, ...endpoint } = config;
      const { settings } = requireConfig(endpoint as EndpointConfig, defaults);
      requireAddressSettings(settings);
      return limitHandler(limiter, handler, config, settings.log);
    },
  };
  return limiter;
}

function storeOf({ db, store }: RateLimiterOptions): RateLimitStore {
  if ((db == null) === (store == null))
    throw validationError("db", "and store are both given, or neither", "Give one of them.");
  return store ?? createPostgresStore(db as DatabaseClient);
}

function requireAddress(ip: string, options: LimiterOptions): string {
  const bucket = bucketAddress(ip, options);
  if (bucket !== null) return bucket;
  throw validationError("ip", "is not an address that counts", "Private ones do with `allowPrivate`.");
}

/** Seconds after which a client may try again when the store did not answer. */
const secondsToRetry = 2;

/** An answer that is none. */
const contradiction: StoreFailure = {
  reason: "store_unavailable",
  cause: new TypeError("The store's answer contradicts itself."),
};

interface StoreFailure {
  readonly reason: DegradedReason;
  readonly cause: unknown;
}

function storeFailed({ reason, cause }: StoreFailure): VidopsError {
  return new VidopsError({
    code: "ERR_6008",
    reason,
    message:
      reason === "store_timeout"
        ? "The store of the rate limits did not answer in time."
        : "The store of the rate limits cannot say whether the request is within them.",
    hint: "Look at `cause` for what it said; the limit's onStoreFailure decides what happens meanwhile.",
    retryable: true,
    details: { retry_after: secondsToRetry },
    cause: cause ?? undefined,
  });
}
