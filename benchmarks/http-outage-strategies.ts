import { createCircuitBreaker, createRetryBudget, fetchWithRetry, type RetryConfig } from "@vidops/core/http";
import ky from "ky";
import pRetry from "p-retry";
import { firstFetchWithRetry } from "./first-fetch-with-retry.ts";
import type { VirtualTime } from "./http-virtual-time.ts";

/** What a strategy is given: the time it lives in and what it sends with. */
export interface Surroundings {
  readonly time: VirtualTime;
  readonly fetch: RetryConfig["fetch"];
  readonly random: () => number;
}

/** A way to call. Made once for each process; returns whether the call got what it wanted. */
export type Strategy = (surroundings: Surroundings) => () => Promise<boolean>;

const url = "https://api.example.com/videos/1";

/** The same for all: how often is tried again, and how long an attempt may take. All else is as each has it by default. */
const retries = 3;
const attemptTimeout = 10_000;

const succeeded = (call: Promise<Response>): Promise<boolean> =>
  call.then(
    ({ ok }) => ok,
    () => false,
  );

const ours =
  (shared: (now: () => number) => Pick<Partial<RetryConfig>, "budget" | "breaker">): Strategy =>
  ({ time, fetch, random }) => {
    const config = { fetch, random, clock: time, maxRetries: retries, attemptTimeout, ...shared(time.now) };
    return () => succeeded(fetchWithRetry(url, {}, config));
  };

/** Every way that is compared, by the name in the table. The libraries are the real ones. */
export const strategies: Readonly<Record<string, Strategy>> = {
  "no retries": ({ fetch, time }) => {
    return () => {
      const attempt = new AbortController();
      const timer = time.setTimeout(() => attempt.abort(), attemptTimeout);
      return succeeded(fetch(url, { signal: attempt.signal }).finally(() => time.clearTimeout(timer)));
    };
  },
  "the function it replaces":
    ({ fetch }) =>
    () =>
      succeeded(firstFetchWithRetry(url, {}, { maxRetries: retries, attemptTimeout, fetch })),
  ky:
    ({ fetch }) =>
    () =>
      succeeded(
        ky(url, {
          fetch: fetch as typeof globalThis.fetch,
          retry: { limit: retries, retryOnTimeout: true },
          timeout: attemptTimeout,
        }),
      ),
  "p-retry":
    ({ fetch, time }) =>
    () =>
      succeeded(
        pRetry(
          async () => {
            const attempt = new AbortController();
            const timer = time.setTimeout(() => attempt.abort(), attemptTimeout);
            const response = await fetch(url, { signal: attempt.signal }).finally(() =>
              time.clearTimeout(timer),
            );
            if (!response.ok) throw new Error(response.statusText);
            return response;
          },
          { retries },
        ),
      ),
  fetchWithRetry: ours(() => ({})),
  "fetchWithRetry, budget": ours(() => ({ budget: createRetryBudget() })),
  "fetchWithRetry, budget and breaker": ours((now) => ({
    budget: createRetryBudget(),
    breaker: createCircuitBreaker({ now }),
  })),
};
