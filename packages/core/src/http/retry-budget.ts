import { validationError } from "../errors/index.ts";
import { createOriginMap } from "./origin-map.ts";

/** How many retries are allowed for so many calls. */
export interface RetryBudgetOptions {
  /** Retries a call earns for all: 0.1 lets one call in ten be repeated. 0 to 1. Default 0.1. */
  readonly ratio?: number | undefined;
  /** Retries that are there at the start, and the most that are saved up, in each process. Default 3. */
  readonly reserve?: number | undefined;
}

/** Retries that calls to one origin share; make one and hand it to all of them. */
export interface RetryBudget {
  /** A call begins. */
  deposit(origin: string): void;
  /** Takes one retry; false when none is left. */
  withdraw(origin: string): boolean;
}

/**
 * Makes a retry budget: however long a server is down, all calls together send at most `1 + ratio` requests a call, and
 * `reserve` more. Without it, three retries make four times the load of exactly the server that cannot bear it.
 *
 * @param options how much is earned and saved
 * @returns the budget, for `config.budget`
 * @throws ValidationError for a number out of range
 * @see https://sre.google/sre-book/handling-overload/ "Deciding to retry"
 * @example
 * ```ts
 * const budget = createRetryBudget();
 * await fetchWithRetry(url, {}, { budget });
 * ```
 */
export function createRetryBudget({ ratio = 0.1, reserve = 3 }: RetryBudgetOptions = {}): RetryBudget {
  if (!(ratio >= 0 && ratio <= 1)) throw validationError("ratio", "must be a number from 0 to 1");
  if (!(reserve >= 0 && reserve <= 1_000_000))
    throw validationError("reserve", "must be a number from 0 to 1000000");
  const left = createOriginMap(() => ({ tokens: reserve }));
  return {
    deposit: (origin) => {
      const state = left.get(origin);
      state.tokens = Math.min(Math.max(reserve, 1), state.tokens + ratio);
    },
    withdraw: (origin) => {
      const state = left.get(origin);
      if (state.tokens < 1) return false;
      state.tokens -= 1;
      return true;
    },
  };
}
