import { fetchWithRetry } from "@vidops/core/http";
import { type Behaviour, equal, failure, quick, within } from "./behaviour.ts";

const cannotTell = {
  chromium: "says the same of every failure",
  workerd: "says the same of a connection that was refused and of one that was lost",
};

/** When it sends again, and when it does not. */
export const retryBehaviours: readonly Behaviour[] = [
  {
    name: "waits as long as Retry-After says after a 503, then succeeds",
    check: async ({ url, seen }) => {
      const started = Date.now();
      const response = await fetchWithRetry(url("503;retry-after=1,200"), {}, quick);
      equal([response.status, await response.text()], [200, "status 200"]);
      within(Date.now() - started, 990, 5_000);
      equal((await seen()).length, 2);
    },
  },
  {
    name: "takes retry-after-ms first",
    check: async ({ url }) => {
      const started = Date.now();
      await (await fetchWithRetry(url("429;retry-after=9;retry-after-ms=120,200"), {}, quick)).text();
      within(Date.now() - started, 115, 5_000);
    },
  },
  {
    name: "returns the last response, its body unread, when retries end",
    check: async ({ url, seen }) => {
      const response = await fetchWithRetry(url("503;size=5000"), {}, { ...quick, maxRetries: 2 });
      equal([response.status, response.bodyUsed], [503, false]);
      equal((await response.text()).length, 5_000);
      equal((await seen()).length, 3);
    },
  },
  {
    name: "sends again after a reset, and succeeds",
    check: async ({ url }) => {
      const response = await fetchWithRetry(
        url("reset,close,reset,close,200"),
        {},
        { ...quick, maxRetries: 5 },
      );
      equal([response.status, await response.text()], [200, "status 200"]);
    },
  },
  {
    name: "ends with every attempt when nobody listens",
    check: async ({ targets }) => {
      const error = await failure(fetchWithRetry(targets.refused, {}, { ...quick, maxRetries: 2 }));
      equal(
        [error.name, error.code, error.attempts?.length, error.attempts?.map(({ delay }) => delay)],
        ["HttpRequestError", "ERR_5002", 3, [10, 20, null]],
      );
    },
  },
  {
    name: "knows that a refused connection sent nothing, and tries a POST without key again",
    not: cannotTell,
    check: async ({ targets }) => {
      const options = { method: "POST", body: "pay" };
      const error = await failure(fetchWithRetry(targets.refused, options, { ...quick, idempotency: false }));
      equal([error.code, error.sent, error.attempts?.length], ["ERR_5002", "not_sent", 4]);
    },
  },
  {
    name: "does not try a POST without key again that may have arrived",
    check: async ({ url }) => {
      const options = { method: "POST", body: "pay" };
      const error = await failure(fetchWithRetry(url("reset"), options, { ...quick, idempotency: false }));
      equal([error.code, error.sent, error.attempts?.length], ["ERR_6006", "unknown", 1]);
    },
  },
];
