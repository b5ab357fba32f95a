import { describe, expect, it, vi } from "vitest";
import {
  createRateLimiter,
  type RateLimitConfig,
  type RateLimiterOptions,
  type RateLimitsConfig,
} from "./index.ts";
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
const userId = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";

function over(steps: readonly unknown[], denyCache?: RateLimiterOptions["denyCache"]) {
  const store = scriptedStore(...steps);
  const clock = manualClock();
  const limiter = createRateLimiter({ store, clock, denyCache, log: vi.fn() });
  const check = (ip = "203.0.113.7", more: object = {}) =>
    limiter.check(requestFrom(ip), { ...config, ...more } as RateLimitConfig | RateLimitsConfig);
  return { store, clock, limiter, check };
}

describe("a denial", () => {
  it("is repeated without the store, with the time that is left, until it is over", async () => {
    const { check, store, clock } = over([denying(5_000), allowing()]);
    const first = await check();
    expect(first).toMatchObject({ allowed: false, cached: false, retryAfter: 5 });
    clock.pass(1_500);
    expect(await check()).toEqual({
      ...first,
      cached: true,
      retryAfter: 4,
      limits: [{ ...first.limits[0], retryAfterMs: 3_500, resetAfterMs: 3_500 }],
    });
    clock.pass(3_499);
    expect(await check()).toMatchObject({ cached: true, retryAfter: 1 });
    expect(store.asked).toHaveLength(1);
    clock.pass(1);
    expect(await check()).toMatchObject({ allowed: true });
    expect(store.asked).toHaveLength(2);
  });

  it("is repeated for 10 s at most, so that a reset of elsewhere takes effect", async () => {
    const { check, store, clock } = over([denying(3_600_000)]);
    await check();
    clock.pass(9_999);
    expect(await check()).toMatchObject({ cached: true, retryAfter: 3_591 });
    clock.pass(1);
    expect(await check()).toMatchObject({ cached: false, retryAfter: 3_600 });
    expect(store.asked).toHaveLength(2);
  });

  it("holds for as long as the limit that refuses longest, and never counts below zero", async () => {
    const soon = state({
      name: "soon",
      allowed: false,
      remaining: 0,
      retryAfterMs: 1_000,
      resetAfterMs: 1_000,
    });
    const later = state({ name: "later", allowed: false, remaining: 0, retryAfterMs: 4_000 });
    const { check, clock, store } = over([{ ...denying(0), limits: [soon, later] }]);
    await check();
    clock.pass(3_000);
    const repeated = await check();
    expect(repeated).toMatchObject({ cached: true, retryAfter: 1 });
    expect(repeated.limits.map((limit) => [limit.retryAfterMs, limit.resetAfterMs])).toEqual([
      [0, 0],
      [1_000, 3_597_000],
    ]);
    expect(store.asked).toHaveLength(1);
  });

  it("is counted while it is repeated, and the store is told with the next request, once", async () => {
    const { check, store, clock } = over([denying(2_000)]);
    for (let i = 0; i < 4; i++) await check();
    clock.pass(2_000);
    await check();
    clock.pass(2_000);
    await check();
    expect(store.asked.map(({ unloggedDenials }) => unloggedDenials)).toEqual([0, 3, 0]);
  });

  it.each<[string, string, object]>([
    ["another address", "203.0.113.8", {}],
    ["another action", "203.0.113.7", { action: "upload" }],
    ["another limit", "203.0.113.7", { maxRequests: 11 }],
    ["another window", "203.0.113.7", { windowMinutes: 61 }],
    ["another user", "203.0.113.7", { userId }],
    ["another cost", "203.0.113.7", { cost: 2 }],
    ["the store's rules", "203.0.113.7", { maxRequests: undefined, windowMinutes: undefined }],
    ["another scope", "203.0.113.7", { limits: [{ per: "global", maxRequests: 10, windowMinutes: 60 }] }],
    ["another key", "203.0.113.7", { limits: [{ per: { key: "x" }, maxRequests: 10, windowMinutes: 60 }] }],
    ["an unknown address", "10.0.0.1", {}],
  ])("says nothing of %s", async (_, ip, more) => {
    const { check, store } = over([denying(5_000), allowing()]);
    await check();
    expect(await check(ip, more)).toMatchObject({ allowed: true });
    expect(store.asked).toHaveLength(2);
  });

  it("is repeated whether or not the request would reserve", async () => {
    const { check, store } = over([denying(5_000)]);
    await check();
    expect(await check("203.0.113.7", { reserve: true })).toMatchObject({ cached: true });
    expect(store.asked).toHaveLength(1);
  });

  it("of the network is a denial of each address in it", async () => {
    const { check, store } = over([denying(5_000)]);
    await check("2001:db8:1:2::1");
    expect(await check("2001:db8:1:2:ffff::9")).toMatchObject({ cached: true });
    expect(store.asked).toHaveLength(1);
  });

  it("does not outlive what was given back or reset here, and its count is not lost", async () => {
    const { check, store, limiter } = over([denying(5_000), denying(5_000), allowing()]);
    await check();
    await check();
    await limiter.release("r-1");
    expect(await check()).toMatchObject({ cached: false });
    expect(store.asked[1]?.unloggedDenials).toBe(1);
    await limiter.reset({ action: "a", ip: "203.0.113.7" }, { per: "ip", maxRequests: 1, windowMinutes: 1 });
    expect(await check()).toMatchObject({ allowed: true });
  });

  it("that was on its way when a slot was given back is not remembered", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { check, store, limiter } = over([() => promise, allowing()]);
    const waiting = check();
    await limiter.release("r-1");
    resolve(denying(5_000));
    expect(await waiting).toMatchObject({ allowed: false });
    expect(await check()).toMatchObject({ allowed: true });
    expect(store.asked).toHaveLength(2);
  });

  it("does not end because a release changed nothing", async () => {
    const { check, store, limiter } = over([denying(5_000)]);
    await check();
    store.release = async () => ({ changed: false });
    await limiter.release("r-1");
    expect(await check()).toMatchObject({ cached: true });
  });

  it("is never repeated by a limiter without a memory", async () => {
    const { check, store } = over([denying(5_000)], false);
    await check();
    expect(await check()).toMatchObject({ cached: false });
    expect(store.asked).toHaveLength(2);
  });
});

describe("the memory", () => {
  it("is bounded: the oldest denial goes first", async () => {
    const { check, store } = over([denying(5_000)], { maxEntries: 3 });
    for (const last of [1, 2, 3, 4]) await check(`203.0.113.${last}`);
    store.asked.length = 0;
    for (const last of [2, 3, 4]) expect(await check(`203.0.113.${last}`)).toMatchObject({ cached: true });
    expect(store.asked).toEqual([]);
    expect(await check("203.0.113.1")).toMatchObject({ cached: false });
  });

  it("keeps one entry for one client, however often it is refused, and so all others", async () => {
    const { check, clock, store } = over([denying(9_000), denying(1_000)], { maxEntries: 2 });
    await check("203.0.113.1");
    for (let i = 0; i < 3; i++) {
      await check("203.0.113.2");
      clock.pass(1_000);
    }
    store.asked.length = 0;
    expect(await check("203.0.113.1")).toMatchObject({ cached: true });
    expect(store.asked).toEqual([]);
  });
});
