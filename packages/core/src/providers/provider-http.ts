import { validationError } from "../errors/index.ts";
import {
  type CircuitBreaker,
  type Clock,
  createCircuitBreaker,
  createRetryBudget,
  defaultRetryConfig,
  type RetryBudget,
  type RetryConfig,
  type RetryEvent,
} from "../http/index.ts";

/** How a provider is reached. Times are in ms. Whether a request may be sent twice is no setting: it follows from the provider. */
export interface ProviderHttp {
  /** Default: `globalThis.fetch`. */
  readonly fetch?: RetryConfig["fetch"] | undefined;
  readonly clock?: Clock | undefined;
  /** 0 to 1, for jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Is told of each retry before the wait. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /** Shared by all calls of the provider. Default: one of its own. Null: none. */
  readonly budget?: RetryBudget | null | undefined;
  /** Shared by all calls of the provider. Default: one of its own. Null: none. */
  readonly breaker?: CircuitBreaker | null | undefined;
  /** Default 3. */
  readonly maxRetries?: number | undefined;
  /** Default 1000 for a submit, 500 for all else. */
  readonly initialDelay?: number | undefined;
  /** Default 20000 for a submit, 10000 for all else. */
  readonly maxDelay?: number | undefined;
  /** For the headers of one attempt. Default 30000 for a submit, 10000 for all else. */
  readonly attemptTimeout?: number | undefined;
  /** For all attempts and waits. Default 60000 for a submit, 30000 for all else. */
  readonly deadline?: number | undefined;
  /** For reading one body, of an answer or of a webhook. Default 10000. */
  readonly bodyTimeout?: number | undefined;
}

/** What every provider is made with. */
export interface ProviderOptions {
  /** The provider's key. It is sent to the provider's own hosts only, and stands in no error and no log. */
  readonly apiKey: string;
  readonly http?: ProviderHttp | undefined;
}

/** The settings of one provider, filled in. */
export interface HttpSettings {
  readonly fetch: RetryConfig["fetch"];
  readonly clock: Clock;
  /** The time of day in ms since 1970. */
  readonly wallClock: () => number;
  readonly bodyTimeout: number;
  /** For `fetchWithRetry`. */
  configOf(kind: "submit" | "other"): Partial<RetryConfig>;
}

// An Edge Function may idle for 150 s: a submit and its first status fit into that even at their worst.
const TIMES = {
  submit: { maxRetries: 3, initialDelay: 1_000, maxDelay: 20_000, attemptTimeout: 30_000, deadline: 60_000 },
  other: { maxRetries: 3, initialDelay: 500, maxDelay: 10_000, attemptTimeout: 10_000, deadline: 30_000 },
} as const;

/**
 * Fills in the defaults: budget and breaker are on, one of each for a provider.
 *
 * @param http what the caller gave
 * @returns the settings
 * @throws ValidationError for a time that cannot be meant; the others are checked at the first call
 */
export function httpSettings(http: ProviderHttp = {}): HttpSettings {
  const clock = http.clock ?? defaultRetryConfig.clock;
  const bodyTimeout = http.bodyTimeout ?? 10_000;
  if (!(bodyTimeout >= 0 && bodyTimeout <= 2 ** 31 - 1)) {
    throw validationError("bodyTimeout", "must be a number of milliseconds from 0 to 2147483647");
  }
  const { maxRetries, initialDelay, maxDelay, attemptTimeout, deadline, onRetry } = http;
  // `undefined` is "the default of fetchWithRetry" there, and would hide the one from here.
  const own = Object.fromEntries(
    Object.entries({ maxRetries, initialDelay, maxDelay, attemptTimeout, deadline, onRetry }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const shared: Partial<RetryConfig> = {
    clock,
    random: http.random ?? defaultRetryConfig.random,
    budget: http.budget === undefined ? createRetryBudget() : http.budget,
    breaker: http.breaker === undefined ? createCircuitBreaker({ now: () => clock.now() }) : http.breaker,
  };
  return {
    fetch: http.fetch ?? defaultRetryConfig.fetch,
    clock,
    // The steady clock of the default may be off by the time that a machine slept; timestamps of others need the real one.
    wallClock: http.clock === undefined ? () => Date.now() : () => clock.now(),
    bodyTimeout,
    configOf: (kind) => ({ ...TIMES[kind], ...own, ...shared }),
  };
}
