import { describe, expect, it } from "vitest";
import {
  checkRateLimit,
  checkRateLimits,
  createRateLimiter,
  type RateLimit,
  type RateLimitConfig,
  type RateLimiterOptions,
  type RateLimitsConfig,
  withRateLimit,
} from "./index.ts";
import { allowing, requestFrom, scriptedStore } from "./testing/scripted-store.ts";

const good = { action: "video_generation", maxRequests: 10, windowMinutes: 60 };
const perIp = { per: "ip", maxRequests: 10, windowMinutes: 60 } as const;
const several = (...limits: readonly unknown[]): RateLimitsConfig => ({
  action: "a",
  limits: limits as readonly RateLimit[],
});

const badConfigs: readonly [string, string, unknown][] = [
  ["limit 0", "maxRequests", { ...good, maxRequests: 0 }],
  ["a negative limit", "maxRequests", { ...good, maxRequests: -1 }],
  ["a fraction of a request", "maxRequests", { ...good, maxRequests: 1.5 }],
  ["NaN", "maxRequests", { ...good, maxRequests: Number.NaN }],
  ["a limit of 10^12", "maxRequests", { ...good, maxRequests: 1e12 }],
  ["one more than the highest limit", "maxRequests", { ...good, maxRequests: 1_000_000_001 }],
  ["a limit as text", "maxRequests", { ...good, maxRequests: "10" }],
  ["no limit but a window", "maxRequests", { action: "a", windowMinutes: 60 }],
  ["no window but a limit", "windowMinutes", { action: "a", maxRequests: 10 }],
  ["window 0", "windowMinutes", { ...good, windowMinutes: 0 }],
  ["a negative window", "windowMinutes", { ...good, windowMinutes: -1 }],
  ["a window below a second", "windowMinutes", { ...good, windowMinutes: 0.0001 }],
  ["a window of nanoseconds", "windowMinutes", { ...good, windowMinutes: 1e-10 }],
  ["a window of one and a half seconds", "windowMinutes", { ...good, windowMinutes: 0.025 }],
  ["a window of 10^9 minutes", "windowMinutes", { ...good, windowMinutes: 1e9 }],
  ["a window of 366 days and a second", "windowMinutes", { ...good, windowMinutes: 527_040 + 1 / 60 }],
  ["an infinite window", "windowMinutes", { ...good, windowMinutes: Number.POSITIVE_INFINITY }],
  ["a window that is NaN", "windowMinutes", { ...good, windowMinutes: Number.NaN }],
  ["cost 0", "cost", { ...good, cost: 0 }],
  ["a fraction as cost", "cost", { ...good, cost: 0.5 }],
  ["a cost above the limit", "cost", { ...good, cost: 11 }],
  ["a cost above all limits", "cost", { action: "a", cost: 1e10 }],
  ["an empty action", "action", { ...good, action: "" }],
  ["a blank action", "action", { ...good, action: " \t" }],
  ["an action of 101 characters", "action", { ...good, action: "x".repeat(101) }],
  ["an action of 10 kB", "action", { ...good, action: "x".repeat(10_240) }],
  ["an action with NUL", "action", { ...good, action: "a\0b" }],
  ["an action with half a character", "action", { ...good, action: "\ud800" }],
  ["no action", "action", { maxRequests: 1, windowMinutes: 1 }],
  ["a user id that is none", "userId", { ...good, userId: "ada@example.com" }],
  ["a misspelt policy", "onStoreFailure", { ...good, onStoreFailure: "opne" }],
  ["a misspelt policy for unknown addresses", "unknownIp", { ...good, unknownIp: "share " }],
  ["no time for the store", "timeoutMs", { ...good, timeoutMs: 0 }],
  ["two minutes for the store", "timeoutMs", { ...good, timeoutMs: 120_000 }],
  ["an unknown preset", "trust", { ...good, trust: "cloudfare" }],
  ["hop 0", "trust.hops", { ...good, trust: { hops: 0 } }],
  ["a prefix of no network", "ipv6Prefix", { ...good, ipv6Prefix: 128 }],
  ["no limits", "limits", several()],
  [
    "eleven limits",
    "limits",
    several(...Array.from({ length: 11 }, (_, i) => ({ ...perIp, windowMinutes: i + 1 }))),
  ],
  ["limits that are no list", "limits", { action: "a", limits: undefined }],
  ["null for a limit", "limits[0].per", several(null)],
  ["an unknown scope", "limits[1].per", several(perIp, { ...perIp, per: "team" })],
  ["an empty key", "limits[0].per.key", several({ ...perIp, per: { key: "" } })],
  ["a key of 201 characters", "limits[0].per.key", several({ ...perIp, per: { key: "k".repeat(201) } })],
  ["a key that is no text", "limits[0].per.key", several({ ...perIp, per: { key: 42 } })],
  ["a name with a quote", "limits[0].name", several({ ...perIp, name: 'a"' })],
  ["an empty name", "limits[0].name", several({ ...perIp, name: "" })],
  [
    "two limits of one name",
    "limits",
    several({ ...perIp, name: "a" }, { ...perIp, name: "a", windowMinutes: 1 }),
  ],
  ["the same limit twice", "limits", several(perIp, { ...perIp, name: "b", maxRequests: 5 })],
  ["the second limit's window", "limits[1].windowMinutes", several(perIp, { ...perIp, windowMinutes: 0 })],
  [
    "a cost above the lowest limit",
    "cost",
    { ...several(perIp, { ...perIp, per: "global", maxRequests: 3 }), cost: 4 },
  ],
  ["a limit per user without a user", "userId", several({ ...perIp, per: "user" })],
  ["one limit's misspelt policy", "limits[0].onStoreFailure", several({ ...perIp, onStoreFailure: "close" })],
];

describe("bad input", () => {
  it.each(badConfigs)("is refused before the store is asked: %s", async (_, field, config) => {
    const store = scriptedStore(allowing());
    const limiter = createRateLimiter({ store });
    for (const call of [limiter.check, limiter.peek]) {
      await expect(call(requestFrom(null), config as RateLimitConfig)).rejects.toMatchObject({
        code: "ERR_4008",
        field,
        message: expect.stringMatching(/^.+ .+\.$/),
      });
    }
    expect(store.asked).toEqual([]);
  });

  it.each(badConfigs.filter(([, field]) => field !== "userId"))(
    "of an endpoint is refused when it is set up, not when a user comes: %s",
    (_, field, config) => {
      const limiter = createRateLimiter({ store: scriptedStore(allowing()) });
      expect(() => limiter.withRateLimit(() => new Response(), config as RateLimitConfig as never)).toThrow(
        expect.objectContaining({ code: "ERR_4008", field }),
      );
    },
  );

  it("of an endpoint: a limit per user, and nobody who says which user", () => {
    const limiter = createRateLimiter({ store: scriptedStore(allowing()) });
    const config = { action: "a", limits: [{ ...perIp, per: "user" as const }] };
    expect(() => limiter.withRateLimit(() => new Response(), config)).toThrow(
      expect.objectContaining({ field: "userId" }),
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["neither database nor store", "db", {}],
    ["both", "db", { db: { rpc: () => null, from: () => null }, store: scriptedStore() }],
    ["a cache for nobody", "denyCache.maxEntries", { store: scriptedStore(), denyCache: { maxEntries: 0 } }],
    [
      "a cache for ever",
      "denyCache.maxSeconds",
      { store: scriptedStore(), denyCache: { maxSeconds: Infinity } },
    ],
    ["an unknown preset", "trust", { store: scriptedStore(), trust: "aws" }],
    ["a misspelt policy", "onStoreFailure", { store: scriptedStore(), onStoreFailure: "Open" }],
    ["no time", "timeoutMs", { store: scriptedStore(), timeoutMs: Number.NaN }],
  ])("of a limiter is refused: %s", (_, field, options) => {
    expect(() => createRateLimiter(options as unknown as RateLimiterOptions)).toThrow(
      expect.objectContaining({ code: "ERR_4008", field }),
    );
  });

  it.each([null, undefined, {}, "https://abc.supabase.co"])("is refused as a database: %s", async (db) => {
    await expect(checkRateLimit(requestFrom(null), good, db as never)).rejects.toMatchObject({ field: "db" });
    await expect(checkRateLimits(requestFrom(null), several(perIp), db as never)).rejects.toMatchObject({
      field: "db",
    });
    expect(() => withRateLimit(() => new Response(), { ...good, db: db as never })).toThrow("db is not");
  });
});

describe("input at the border", () => {
  const border: readonly [string, RateLimitConfig | RateLimitsConfig, object][] = [
    [
      "one request a second",
      { ...good, maxRequests: 1, windowMinutes: 1 / 60 },
      { maxRequests: 1, windowSeconds: 1 },
    ],
    ["123 seconds, which floats cannot say", { ...good, windowMinutes: 2.05 }, { windowSeconds: 123 }],
    ["366 days", { ...good, windowMinutes: 527_040 }, { windowSeconds: 31_622_400 }],
    ["10^9 requests", { ...good, maxRequests: 1e9 }, { maxRequests: 1_000_000_000 }],
    [
      "a key of 200 characters beyond the BMP",
      several({ ...perIp, per: { key: "😀".repeat(200) } }),
      { key: "😀".repeat(200) },
    ],
  ];
  it.each(border)("is taken: %s", async (_, config, limit) => {
    const store = scriptedStore(allowing());
    await createRateLimiter({ store, log: () => {} }).check(requestFrom(null), config);
    expect(store.asked[0]?.limits?.[0]).toMatchObject(limit);
  });

  it("is taken: an action of 100 characters, and a cost that is the whole limit", async () => {
    const store = scriptedStore(allowing());
    await createRateLimiter({ store, log: () => {} }).check(requestFrom(null), {
      ...good,
      action: "é".repeat(100),
      cost: 10,
    });
    expect(store.asked[0]).toMatchObject({ action: "é".repeat(100), cost: 10 });
  });
});
