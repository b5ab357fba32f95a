import { fetchWithRetry } from "@vidops/core/http";
import { ExponentialBackoff, handleAll, retry, TimeoutStrategy, timeout, wrap } from "cockatiel";
import { withRetry, withTimeout } from "fetch-extras";
import ky from "ky";
import { createFetch } from "ofetch";
import pRetry from "p-retry";

type Fetch = typeof globalThis.fetch;

/** Ways to send a request, by name; each retries, and gives up an attempt after 30 s where it can. */
export function contenders(
  fetch: Fetch,
): Readonly<Record<string, (url: string, init: RequestInit) => Promise<unknown>>> {
  const attemptTimeout = 30_000;
  const config = { fetch };
  const ofetch = createFetch({ fetch });
  const extras = withTimeout(attemptTimeout)(withRetry()(fetch));
  const policy = wrap(
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    timeout(attemptTimeout, TimeoutStrategy.Aggressive),
  );
  return {
    fetchWithRetry: (url, init) => fetchWithRetry(url, init, config),
    ky: (url, init) => ky(url, { ...init, fetch, timeout: attemptTimeout }),
    // Given a signal it ignores its timeout: who wants both puts them together.
    ofetch: (url, init) =>
      ofetch.raw(
        url,
        init.signal
          ? {
              ...(init as object),
              signal: AbortSignal.any([init.signal, AbortSignal.timeout(attemptTimeout)]),
            }
          : { ...(init as object), timeout: attemptTimeout },
      ),
    "ofetch without timeout": (url, init) => ofetch.raw(url, init as object),
    "p-retry around fetch, without timeout": (url, init) => pRetry(() => fetch(url, init), { retries: 3 }),
    "cockatiel around fetch": (url, init) =>
      policy.execute(({ signal }) => fetch(url, { ...init, signal }), init.signal ?? undefined),
    "fetch-extras": (url, init) => extras(url, init),
  };
}
