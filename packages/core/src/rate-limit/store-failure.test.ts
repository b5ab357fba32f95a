import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { VidopsError } from "../errors/index.ts";
import { createRateLimiter, type RateLimitConfig, type RateLimitsConfig } from "./index.ts";
import {
  allowing,
  denying,
  manualClock,
  requestFrom,
  scriptedStore,
  state,
} from "./testing/scripted-store.ts";

const config = {
  action: "video_generation",
  maxRequests: 10,
  windowMinutes: 60,
  trust: "cloudflare",
} as const;
const never = (): Promise<never> => new Promise(() => {});
const failure = (code: string, reason = "x"): VidopsError =>
  new VidopsError({ code, reason, message: "It failed." });

const unhandled = vi.fn();
beforeEach(() => void process.on("unhandledRejection", unhandled));
afterEach(() => {
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

function over(...steps: readonly unknown[]) {
  const store = scriptedStore(...steps);
  const clock = manualClock();
  const log = vi.fn();
  const limiter = createRateLimiter({ store, clock, log });
  const check = (more: Partial<RateLimitConfig> | RateLimitsConfig = {}) =>
    limiter.check(requestFrom("203.0.113.7"), { ...config, ...more } as RateLimitConfig);
  return { store, clock, log, limiter, check };
}

const failures: readonly [string, unknown][] = [
  ["an error of the network", new TypeError("fetch failed")],
  ["an unreachable database", failure("ERR_6005", "connection_refused")],
  ["a lost answer", failure("ERR_6006", "connection_lost")],
  ["an answer of somebody else", failure("ERR_6007", "not_supabase")],
  ["an error of the database", failure("ERR_6001", "database_error")],
  ["a gateway that is too busy", failure("ERR_4004", "rate_limited")],
  ["nothing", undefined],
  ["a text", "ok"],
  ["allowed that is no boolean", { ...allowing(), allowed: "true" }],
  ["no limits", { ...allowing(), limits: [] }],
  ["limits that are no list", { ...allowing(), limits: null }],
  ["an admission that a limit refuses", { ...denying(1_000), allowed: true }],
  ["a denial that no limit means", { ...allowing(), allowed: false }],
  ["a limit that is nothing", { ...allowing(), limits: [null] }],
  ["a reservation that nobody asked for", { ...allowing(), reservation: "r-1" }],
];

describe("a store that cannot say", () => {
  it.each(failures)(
    "refuses a request of a closed limit, tells the log, and is asked once: %s",
    async (_, step) => {
      const { check, store, log, clock } = over(step);
      await expect(check()).rejects.toMatchObject({
        code: "ERR_6008",
        reason: "store_unavailable",
        retryable: true,
        details: { retry_after: expect.toSatisfy((seconds: number) => seconds >= 1 && seconds <= 5) },
      });
      expect(store.asked).toHaveLength(1);
      expect(clock.timers.size).toBe(0);
      expect(log).toHaveBeenCalledExactlyOnceWith(
        "rate_limit_store_failed",
        expect.objectContaining({
          action: "video_generation",
          policy: "closed",
          reason: "store_unavailable",
        }),
        "error",
      );
    },
  );

  it.each(failures)(
    "lets a request of an open limit go on, uncounted, and tells the log: %s",
    async (_, step) => {
      const { check, store, log } = over(step);
      expect(await check({ onStoreFailure: "open" })).toEqual({
        allowed: true,
        degraded: "store_unavailable",
        limit: null,
        remaining: null,
        resetAt: null,
        windowSeconds: null,
        violated: [],
        limits: [],
        ip: "203.0.113.7",
        cached: false,
        reservation: null,
      });
      expect(store.asked).toHaveLength(1);
      expect(log).toHaveBeenCalledExactlyOnceWith(
        "rate_limit_store_failed",
        expect.objectContaining({ policy: "open" }),
        "warn",
      );
    },
  );

  it("forgets the reservation that was asked for", async () => {
    await expect(over(allowing()).check({ reserve: true })).rejects.toMatchObject({ code: "ERR_6008" });
    expect(await over({ ...allowing(), reservation: "r-1" }).check({ reserve: true })).toMatchObject({
      reservation: "r-1",
    });
  });

  it("answers even when the log fails too", async () => {
    const { check, log } = over(new Error("down"));
    log.mockImplementation(() => {
      throw new Error("log down");
    });
    expect(await check({ onStoreFailure: "open" })).toMatchObject({ degraded: "store_unavailable" });
  });
});

describe("a store that takes too long", () => {
  it("is waited for until its time is up, not a millisecond longer, and no timer is left", async () => {
    const signals: AbortSignal[] = [];
    const { check, clock } = over((signal: AbortSignal) => {
      signals.push(signal);
      return never();
    });
    const waiting = check({ timeoutMs: 250 });
    const outcome = vi.fn();
    waiting.then(outcome, outcome);
    clock.pass(249);
    await Promise.resolve();
    expect(outcome).not.toHaveBeenCalled();
    expect(signals[0]?.aborted).toBe(false);
    clock.pass(1);
    await expect(waiting).rejects.toMatchObject({ code: "ERR_6008", reason: "store_timeout" });
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.timers.size).toBe(0);
  });

  it("is not listened to any more: neither a late answer nor a late failure changes anything", async () => {
    for (const late of [denying(60_000), new Error("late")]) {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const { check, clock, store } = over(async () => {
        const outcome = await promise;
        if (outcome instanceof Error) throw outcome;
        return outcome;
      }, allowing());
      const waiting = check({ onStoreFailure: "open" });
      clock.pass(1_000);
      expect(await waiting).toMatchObject({ allowed: true, degraded: "store_timeout" });
      resolve(late);
      await new Promise((done) => setTimeout(done, 5));
      expect(await check()).toMatchObject({ allowed: true, cached: false });
      expect(store.asked).toHaveLength(2);
    }
  });

  it("is called slow as well when its own client gave up first", async () => {
    const { check } = over(failure("ERR_6006", "timeout"));
    await expect(check()).rejects.toMatchObject({ code: "ERR_6008", reason: "store_timeout" });
  });
});

describe("a caller that stops waiting", () => {
  it("gets his own reason, not a failure of the store", async () => {
    const { check, store, clock, log } = over(never);
    const caller = new AbortController();
    const waiting = check({ signal: caller.signal, onStoreFailure: "open" });
    caller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await expect(check({ signal: caller.signal })).rejects.toThrow("gone");
    expect(store.asked).toHaveLength(1);
    expect(clock.timers.size).toBe(0);
    expect(log).not.toHaveBeenCalled();
  });

  it("is not held by what he once waited for", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    await over(allowing()).check({ signal });
    await expect(over(new Error("down")).check({ signal })).rejects.toThrow();
    expect(remove.mock.calls).toEqual(add.mock.calls.map(([type, listener]) => [type, listener]));
    expect(remove).toHaveBeenCalledTimes(2);
  });

  it("gets his own reason as it is, also one that a store could have given", async () => {
    const { check } = over(never);
    const caller = new AbortController();
    const waiting = check({ signal: caller.signal });
    const reason = failure("ERR_4006");
    caller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("gets his own reason also from a store that rejects when it is aborted", async () => {
    const caller = new AbortController();
    const { check } = over(async () => {
      caller.abort(new Error("gone"));
      throw new DOMException("aborted", "AbortError");
    });
    await expect(check({ signal: caller.signal, onStoreFailure: "open" })).rejects.toThrow("gone");
  });
});

describe("a store that is asked wrongly", () => {
  it.each([
    ["ERR_4005", "invalid_key", "ERR_6003"],
    ["ERR_4006", "forbidden", "ERR_6003"],
    ["ERR_4008", "validation_failed", "ERR_6003"],
    ["ERR_6003", "no_rate_limit_rule", "ERR_6003"],
    ["ERR_6004", "schema_outdated", "ERR_6004"],
  ])(
    "is the app's mistake, which no policy covers and no client is blamed for: %s %s",
    async (code, reason, told) => {
      const { check, log } = over(failure(code, reason));
      await expect(check({ onStoreFailure: "open" })).rejects.toMatchObject({
        code: told,
        reason,
        cause: { code },
        message: expect.stringContaining("It failed."),
      });
      expect(log).not.toHaveBeenCalled();
    },
  );
});

describe("several limits", () => {
  const each = { maxRequests: 10, windowMinutes: 60 };
  it.each([
    ["open", "open", "closed", true],
    ["open", "closed", "open", false],
    ["open", undefined, "closed", false],
    ["open", undefined, "open", true],
    [undefined, undefined, undefined, false],
  ] as const)(
    "go on without the store only if all are open: %s and %s, else %s",
    async (first, second, rest, goesOn) => {
      const { check } = over(new Error("down"));
      const outcome = check({
        action: "a",
        onStoreFailure: rest,
        limits: [
          { per: "ip", ...each, onStoreFailure: first },
          { per: "global", ...each, onStoreFailure: second },
        ],
      });
      if (goesOn) expect(await outcome).toMatchObject({ degraded: "store_unavailable" });
      else await expect(outcome).rejects.toMatchObject({ code: "ERR_6008" });
    },
  );

  it("are judged by the store when it answers, whatever their policies", async () => {
    const { check } = over(denying(1_000, { ...state(), allowed: false, retryAfterMs: 1_000 }));
    expect(await check({ onStoreFailure: "open" })).toMatchObject({ allowed: false });
  });
});
