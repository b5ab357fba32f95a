import { validationError } from "../errors/index.ts";
import type { Attempt } from "./attempt.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** Time, which tests and simulations replace. */
export interface Clock {
  /** Milliseconds since 1970, by the wall clock: what Retry-After's dates are compared with. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** What `shouldRetry` decides upon. */
export interface RetryContext {
  readonly attempt: Attempt;
  /** The response, its body unread; null after an error. Clone it before you read it. */
  readonly response: Response | null;
  /** How long would be waited, in ms. */
  readonly delay: number;
  /** True when repeating cannot do something twice: an idempotent method or key, or a request that was not carried out. */
  readonly safe: boolean;
}

/** What `onRetry` is told, before the wait. */
export interface RetryEvent {
  readonly method: string;
  /** Origin and path, without query, user and password. */
  readonly url: string;
  readonly attempt: Attempt;
  /** How long is waited now, in ms. */
  readonly delay: number;
}

/** How often and how long {@link fetchWithRetry} tries. All times are milliseconds. */
export interface RetryConfig {
  /** How often a request is sent again, 0 to 100. Default 3. */
  readonly maxRetries: number;
  /** The wait before the first retry; it doubles each time. Default 2000. */
  readonly initialDelay: number;
  /** No wait is longer; a server that asks for a longer one gets none, and its response is returned. Default 30000. */
  readonly maxDelay: number;
  /** Default 408, 429, 500, 502, 503, 504. */
  readonly retryableStatusCodes: readonly number[];
  /** How long the headers of one attempt may take, 1 or more. `Infinity`: for ever. Default 30000. */
  readonly attemptTimeout: number;
  /** How long all attempts and waits may take until the headers of the last one. `Infinity`: for ever. Default 120000. */
  readonly deadline: number;
  /** `full`: somewhere between 0 and the delay. A function makes its own of it. Default `full`. */
  readonly jitter: "full" | "none" | ((delay: number) => number);
  /**
   * POST and PATCH get an `Idempotency-Key`, the same on every attempt: one made for the call, or this one. A header of
   * the caller's wins. `false`: none, and such a request is repeated only when it surely was not carried out.
   */
  readonly idempotency: boolean | string;
  /** Is told of each retry before the wait. It cannot stop the call, not even by throwing. */
  readonly onRetry: ((event: RetryEvent) => void) | null;
  /**
   * Is asked before each retry. True also repeats what is not safe; false ends the call; undefined leaves it to the rules.
   */
  readonly shouldRetry:
    | ((context: RetryContext) => boolean | undefined | Promise<boolean | undefined>)
    | null;
  /** What sends. Default: `globalThis.fetch`. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** 0 to 1, for jitter. Default `Math.random`. */
  readonly random: () => number;
  readonly clock: Clock;
  /** Shared by calls, so that retries cannot multiply an outage. Default: none. */
  readonly budget: RetryBudget | null;
  /** Shared by calls, so that a server that is down is left alone. Default: none. */
  readonly breaker: CircuitBreaker | null;
}

/** The defaults of {@link RetryConfig}. */
export const defaultRetryConfig: RetryConfig = {
  maxRetries: 3,
  initialDelay: 2_000,
  maxDelay: 30_000,
  retryableStatusCodes: [408, 429, 500, 502, 503, 504],
  attemptTimeout: 30_000,
  deadline: 120_000,
  jitter: "full",
  idempotency: true,
  onRetry: null,
  shouldRetry: null,
  // Looked up at each call, so that a fetch that is replaced later, by a test or by an instrument, is the one used.
  fetch: (input, init) => fetch(input, init),
  random: Math.random,
  clock: {
    // The wall clock, because Retry-After may be a date: a steady one is off after a machine slept.
    now: () => Date.now(),
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (timer) => clearTimeout(timer as number),
  },
  budget: null,
  breaker: null,
};

/** The longest time that timers hold, in ms; a longer one fires at once. */
const LONGEST = 2 ** 31 - 1;

/** The largest value of each number. */
const MOST: Readonly<Record<string, number>> = {
  maxRetries: 100,
  initialDelay: LONGEST,
  maxDelay: LONGEST,
  attemptTimeout: 1 / 0,
  deadline: 1 / 0,
};

/** What the others have to be. A key that is empty, or the same word for every call, protects nothing. */
const FORMS: Readonly<Record<string, (value: unknown) => boolean>> = {
  idempotency: (value) =>
    typeof value === "boolean" || (typeof value === "string" && /^[!-~]{1,255}$/.test(value)),
  jitter: (value) => value === "full" || value === "none" || typeof value === "function",
};

/**
 * Fills in the defaults and refuses what cannot be meant.
 *
 * @param config what the caller gave
 * @returns all of it
 * @throws ValidationError that names the field
 */
export function retryConfig(config: Readonly<Record<string, unknown>>): RetryConfig {
  const settings: Record<string, unknown> = { ...defaultRetryConfig };
  for (const name in config) {
    const value = config[name];
    if (!Object.hasOwn(settings, name)) throw validationError(name, "is no setting of fetchWithRetry");
    if (value === undefined) continue;
    const most = MOST[name];
    // A limit of 0 would send a request and give it up at once.
    const least = most === 1 / 0 ? 1 : 0;
    if (
      most !== undefined &&
      !(typeof value === "number" && value >= least && value <= most && (most > 100 || value % 1 === 0))
    ) {
      throw validationError(name, `must be a number from ${least} to ${most}`);
    }
    if (FORMS[name]?.(value) === false) throw validationError(name, "is not usable");
    settings[name] = value;
  }
  return settings as unknown as RetryConfig;
}
