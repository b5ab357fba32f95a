import { describe, expect, it, vi } from "vitest";
import { VidopsError } from "../errors/index.ts";
import { createRateLimiter, type RateLimiter, type RateLimiterOptions } from "./index.ts";
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

/** A limiter over a store that answers in turn, on a clock that stands. */
function limiterOver(steps: readonly unknown[], options: Partial<RateLimiterOptions> = {}) {
  const store = scriptedStore(...steps);
  const clock = manualClock();
  const log = vi.fn();
  const limiter = createRateLimiter({ ...options, store, clock, log } as RateLimiterOptions) as RateLimiter;
  return { limiter, store, clock, log };
}

describe("a decision", () => {
  it("of an admission tells what is left of the limit with the least left", async () => {
    const global = state({
      name: "global",
      per: "global",
      subject: null,
      limit: 1_000,
      remaining: 3,
      windowSeconds: 60,
    });
    const { limiter } = limiterOver([allowing(state(), global)]);
    expect(await limiter.check(requestFrom("203.0.113.7"), config)).toEqual({
      allowed: true,
      limit: 1_000,
      remaining: 3,
      resetAt: "2026-11-25T13:00:00.000Z",
      windowSeconds: 60,
      violated: [],
      limits: [state(), global],
      ip: "203.0.113.7",
      degraded: null,
      cached: false,
      reservation: null,
    });
  });

  it("of a denial tells of the limit that refuses longest, and names all that refuse", async () => {
    const refusing = { allowed: false, remaining: 0 };
    const answer = {
      ...denying(0),
      limits: [
        state({ name: "z", ...refusing, retryAfterMs: 1_000 }),
        state({ name: "free", remaining: 0 }),
        state({ name: "a", ...refusing, retryAfterMs: 61_001, limit: 7 }),
      ],
    };
    const { limiter } = limiterOver([answer]);
    const decision = await limiter.check(requestFrom("203.0.113.7"), config);
    expect(decision).toMatchObject({
      allowed: false,
      retryAfter: 62,
      limit: 7,
      remaining: 0,
      violated: ["a", "z"],
    });
  });

  it.each([
    [0, 1],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [2_400_000, 2_400],
  ])("with a wait of %d ms says %d whole seconds", async (ms, seconds) => {
    const { limiter } = limiterOver([denying(ms)]);
    expect(await limiter.check(requestFrom("203.0.113.7"), config)).toMatchObject({ retryAfter: seconds });
  });
});

describe("the store is asked", () => {
  it("once, with all that the decision depends on", async () => {
    const { limiter, store } = limiterOver([allowing()]);
    await limiter.check(requestFrom("2001:db8:1:2:3::4"), {
      ...config,
      userId: userId.toUpperCase(),
      cost: 3,
    });
    expect(store.asked).toEqual([
      {
        action: "video_generation",
        ip: "2001:db8:1:2::/64",
        userId,
        limits: [{ name: "per_ip", per: "ip", key: null, maxRequests: 10, windowSeconds: 3_600 }],
        cost: 3,
        reserve: false,
        unloggedDenials: 0,
      },
    ]);
  });

  it("for its own rules when only the action is named", async () => {
    const { limiter, store } = limiterOver([allowing()]);
    await limiter.check(requestFrom("203.0.113.7"), { action: "video_generation", trust: "cloudflare" });
    expect(store.asked[0]).toMatchObject({ limits: null });
  });

  it("by names that differ", async () => {
    const { limiter, store } = limiterOver([allowing()]);
    const each = { maxRequests: 10, windowMinutes: 60 };
    await limiter.check(requestFrom("203.0.113.7"), {
      action: "a",
      userId,
      limits: [
        { per: "ip", ...each },
        { per: "ip", ...each, windowMinutes: 1 },
        { per: "user", ...each },
        { per: "global", ...each },
        { per: { key: "team-1" }, ...each },
        { per: { key: "team-2" }, name: "team", ...each },
      ],
    });
    expect(store.asked[0]?.limits?.map(({ name, key }) => [name, key])).toEqual([
      ["per_ip_3600", null],
      ["per_ip_60", null],
      ["per_user", null],
      ["global", null],
      ["per_key", "team-1"],
      ["team", "team-2"],
    ]);
  });
});

describe("an unknown address", () => {
  const everybody = allowing(state({ subject: "unknown" }));

  it("shares one bucket, and the log is told once a minute how to set trust", async () => {
    const { limiter, store, clock, log } = limiterOver([everybody]);
    const { trust: _, ...untrusting } = config;
    const decision = await limiter.check(requestFrom("203.0.113.7"), untrusting);
    expect(decision.ip).toBeNull();
    expect(store.asked[0]?.ip).toBeNull();
    await limiter.check(requestFrom("203.0.113.8"), untrusting);
    clock.pass(59_999);
    await limiter.check(requestFrom("203.0.113.8"), untrusting);
    expect(log).toHaveBeenCalledExactlyOnceWith(
      "rate_limit_ip_unknown",
      expect.objectContaining({
        action: "video_generation",
        trust: "none",
        hint: expect.stringContaining("trust"),
      }),
      "warn",
    );
    clock.pass(1);
    await limiter.check(requestFrom("203.0.113.8"), untrusting);
    expect(log).toHaveBeenCalledTimes(2);
  });

  it("is refused where that is said, and the store is not asked", async () => {
    const { limiter, store } = limiterOver([everybody], { unknownIp: "refuse" });
    for (const asked of [config, { action: "by_rules", trust: "cloudflare" } as const]) {
      await expect(limiter.check(requestFrom(null), asked)).rejects.toMatchObject({
        code: "ERR_4008",
        reason: "client_ip_unknown",
        hint: expect.stringContaining("trust"),
      });
    }
    expect(store.asked).toEqual([]);
    expect(await limiter.check(requestFrom("203.0.113.7"), config)).toMatchObject({ allowed: true });
  });

  it("is nobody's business when no limit is per address", async () => {
    const answer = allowing(state({ name: "global", per: "global", subject: null }));
    const { limiter, log } = limiterOver([answer], { unknownIp: "refuse" });
    const limits = [{ per: "global", maxRequests: 10, windowMinutes: 60 }] as const;
    expect(await limiter.check(requestFrom(null), { action: "a", limits })).toMatchObject({ allowed: true });
    const sharing = limiterOver([answer]);
    await sharing.limiter.check(requestFrom(null), { action: "a" });
    expect([log, sharing.log].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });

  it("of a call that trusts is known, whatever the limiter trusts", async () => {
    const { limiter, store } = limiterOver([allowing()], { trust: "none" });
    await limiter.check(requestFrom("203.0.113.7"), config);
    expect(store.asked[0]?.ip).toBe("203.0.113.7");
  });
});

describe("peek, reset, commit and release", () => {
  it("look at the limits, and say so when the store does not answer", async () => {
    const { limiter, store } = limiterOver([[state()], new Error("down")]);
    expect(await limiter.peek(requestFrom("203.0.113.7"), config)).toEqual([state()]);
    await expect(limiter.peek(requestFrom("203.0.113.7"), config)).rejects.toMatchObject({
      code: "ERR_6008",
    });
    expect(store.asked).toHaveLength(2);
  });

  it("name the bucket of an address as checks do", async () => {
    const { limiter, store } = limiterOver([]);
    const reset = vi.spyOn(store, "reset");
    const limit = { per: "ip", maxRequests: 10, windowMinutes: 60 } as const;
    expect(await limiter.reset({ action: "a", ip: "2001:db8::1" }, limit)).toBe(true);
    expect(reset.mock.calls[0]?.[0]).toMatchObject({
      action: "a",
      ip: "2001:db8::/64",
      userId: null,
      limit: { per: "ip", windowSeconds: 3_600 },
    });
    await expect(limiter.reset({ action: "a", ip: "10.0.0.1" }, limit)).rejects.toMatchObject({
      field: "ip",
    });
  });

  it("tell refusals of the store as they are", async () => {
    const { limiter, store } = limiterOver([]);
    const settled = new VidopsError({ code: "ERR_4010", reason: "reservation_settled", message: "Settled." });
    vi.spyOn(store, "release").mockRejectedValue(settled);
    await expect(limiter.release("r-1")).rejects.toBe(settled);
    expect(await limiter.commit("r-1")).toEqual({ changed: true });
    await expect(limiter.commit("")).rejects.toMatchObject({ code: "ERR_4008", field: "reservation" });
  });
});
