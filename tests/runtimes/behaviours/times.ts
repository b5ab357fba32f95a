import { fetchWithRetry } from "@vidops/core/http";
import { abortedAfter, type Behaviour, equal, failure, pause, quick, watch, within } from "./behaviour.ts";

/** How long it takes: timeouts, aborts, and what is left behind. */
export const timeBehaviours: readonly Behaviour[] = [
  {
    name: "gives up an attempt that gets no headers, ends its connection, and tries again",
    check: async ({ url, seen }) => {
      const config = { ...quick, attemptTimeout: 400 };
      const response = await fetchWithRetry(url("silent,200"), {}, config);
      equal([response.status, await response.text()], [200, "status 200"]);
      await pause(50);
      const [first, second] = await seen();
      equal([first?.closed, second === undefined], [true, false]);
    },
  },
  {
    name: "lets headers be slow within the time of an attempt",
    check: async ({ url, seen }) => {
      const response = await fetchWithRetry(url("slow-headers"), {}, { ...quick, attemptTimeout: 5_000 });
      equal(await response.text(), "at last");
      equal((await seen()).length, 1);
    },
  },
  {
    name: "lets a body go on after the time of an attempt",
    check: async ({ url }) => {
      const response = await fetchWithRetry(url("slow-body"), {}, { ...quick, attemptTimeout: 500 });
      equal(await response.text(), "the first part, the second");
    },
  },
  {
    name: "ends at the deadline with ERR_5001",
    check: async ({ url }) => {
      const started = Date.now();
      const config = { ...quick, attemptTimeout: 200, deadline: 500, maxRetries: 10 };
      const error = await failure(fetchWithRetry(url("silent"), {}, config));
      equal([error.name, error.code, error.reason], ["HttpRequestError", "ERR_5001", "timeout"]);
      within(Date.now() - started, 200, 2_000);
    },
  },
  {
    name: "sends nothing when aborted before, and rejects with the very reason",
    check: async ({ url, seen }) => {
      const reason = new Error("mine");
      equal(
        (await failure(fetchWithRetry(url("200"), { signal: AbortSignal.abort(reason) }, quick))) === reason,
        true,
      );
      equal((await seen()).length, 0);
    },
  },
  {
    name: "rejects at once when aborted while it waits for headers, and ends the connection",
    check: async ({ url, seen }) => {
      const { reason, late } = await abortedAfter(100, (signal) =>
        fetchWithRetry(url("silent"), { signal }, quick),
      );
      equal(reason, "Error: mine");
      within(late, 0, 500);
      await pause(100);
      equal(
        (await seen()).map(({ closed }) => closed),
        [true],
      );
    },
  },
  {
    name: "rejects at once when aborted while it waits for a retry",
    check: async ({ url, seen }) => {
      const { reason, late } = await abortedAfter(200, (signal) =>
        fetchWithRetry(url("503"), { signal }, { ...quick, initialDelay: 5_000 }),
      );
      equal(reason, "Error: mine");
      within(late, 0, 500);
      equal((await seen()).length, 1);
    },
  },
  {
    name: "breaks off the body when aborted after the headers",
    check: async ({ url }) => {
      const { reason, late } = await abortedAfter(200, async (signal) =>
        (await fetchWithRetry(url("stall-body"), { signal }, quick)).text(),
      );
      equal(reason, "Error: mine");
      within(late, 0, 500);
    },
  },
  {
    name: "leaves no timer and no listener",
    check: async ({ url, targets, seen }) => {
      const { signal } = new AbortController();
      const { clock, left } = watch(signal);
      const config = { ...quick, clock };
      await (await fetchWithRetry(url("503,200"), { signal }, config)).text();
      await failure(fetchWithRetry(targets.refused, { signal }, { ...config, maxRetries: 1 }));
      await failure(
        fetchWithRetry(url("503,200,silent"), { signal }, { ...config, attemptTimeout: 50, maxRetries: 0 }),
      );
      const aborting = new AbortController();
      const after = watch(aborting.signal);
      const slow = { ...quick, clock: after.clock, initialDelay: 9_000 };
      const waiting = fetchWithRetry(url("503"), { signal: aborting.signal }, slow);
      setTimeout(() => aborting.abort(), 100);
      await failure(waiting);
      equal(
        [left(), after.left()],
        [1, 2].map(() => ({ timers: 0, listeners: 0 })),
      );
      within((await seen()).length, 4, 5);
    },
  },
];
