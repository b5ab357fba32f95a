import { createClient } from "@supabase/supabase-js";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { checkRateLimit, checkRateLimits, createRateLimiter, type RateLimitDecision } from "./index.ts";
import { requestFrom } from "./testing/scripted-store.ts";

let stack: TestStack;
let db: Database;
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => {
  stack.requests.length = 0;
});

let last = 0;
/** An address that no test before had. */
const newAddress = (): string => `203.0.${(last >> 8) + 113}.${last++ & 255}`;
const hourly = { maxRequests: 10, windowMinutes: 60, trust: "cloudflare", timeoutMs: 30_000 } as const;

describe("checkRateLimit over a real database", () => {
  it("admits exactly 10 of 64 requests at once, with one request each", async () => {
    const ip = newAddress();
    const fresh = createRateLimiter({ db, denyCache: false });
    const config = { ...hourly, action: "flood" };
    const decisions = await Promise.all(
      Array.from({ length: 64 }, () => fresh.check(requestFrom(ip), config)),
    );
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect(stack.requests.map(({ path }) => path)).toEqual(Array(64).fill("/rest/v1/rpc/check_rate_limit"));
    const remaining = decisions.filter(({ allowed }) => allowed).map((decision) => decision.remaining);
    expect(remaining.sort((a, b) => Number(b) - Number(a))).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it("says when the next request fits, by the database's clock, however wrong the caller's is", async () => {
    const ip = newAddress();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * 3_600_000 });
    const config = { ...hourly, action: "clock", maxRequests: 1 };
    const first = await checkRateLimit(requestFrom(ip), config, db);
    const second = await checkRateLimit(requestFrom(ip), config, db);
    vi.useRealTimers();
    expect(first).toMatchObject({
      allowed: true,
      limit: 1,
      remaining: 0,
      windowSeconds: 3_600,
      ip,
      degraded: null,
    });
    expect(first.limits[0]?.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(second).toMatchObject({ allowed: false, remaining: 0, violated: ["per_ip"], cached: false });
    expect(second.retryAfter).toBeGreaterThan(3_590);
    expect(second.retryAfter).toBeLessThanOrEqual(3_600);
    expect(Date.parse(second.resetAt ?? "") - Date.now()).toBeLessThan(3_601_000);
    expect(second.resetAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it("admits again when the window has rolled on", async () => {
    const ip = newAddress();
    const config = { ...hourly, action: "short", maxRequests: 1, windowMinutes: 1 / 60 };
    expect(await checkRateLimit(requestFrom(ip), config, db)).toMatchObject({ allowed: true });
    expect(await checkRateLimit(requestFrom(ip), config, db)).toMatchObject({
      allowed: false,
      retryAfter: 1,
    });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await checkRateLimit(requestFrom(ip), config, db)).toMatchObject({ allowed: true });
  });

  it("repeats a denial without a request, also at the next call with the same client", async () => {
    const ip = newAddress();
    const config = { ...hourly, action: "again", maxRequests: 1 };
    for (let i = 0; i < 2; i++) await checkRateLimit(requestFrom(ip), config, db);
    stack.requests.length = 0;
    for (let i = 0; i < 50; i++) {
      expect(await checkRateLimit(requestFrom(ip), config, db)).toMatchObject({
        allowed: false,
        cached: true,
      });
    }
    expect(stack.requests).toEqual([]);
  });

  it("tells the log what it answered by itself", async () => {
    const ip = newAddress();
    const limiter = createRateLimiter({ db, denyCache: { maxSeconds: 0.1 } });
    const config = { ...hourly, action: "told", maxRequests: 1 };
    for (let i = 0; i < 5; i++) await limiter.check(requestFrom(ip), config);
    await new Promise((resolve) => setTimeout(resolve, 120));
    await limiter.check(requestFrom(ip), config);
    const rows =
      await stack.sql`select allowed, sum(requests)::int as requests from rate_limit_log where action = 'told' group by 1 order by 1`;
    expect([...rows]).toEqual([
      { allowed: false, requests: 5 },
      { allowed: true, requests: 1 },
    ]);
  });

  it("takes the client of supabase-js as it is", async () => {
    const supabase = createClient(stack.url, stack.secretKey);
    const config = { ...hourly, action: "supabase_js" };
    expect(await checkRateLimit(requestFrom(newAddress()), config, supabase)).toMatchObject({
      allowed: true,
      remaining: 9,
    });
  });

  it("counts a request as much as it costs", async () => {
    const ip = newAddress();
    const config = { ...hourly, action: "cost" };
    expect(await checkRateLimit(requestFrom(ip), { ...config, cost: 8 }, db)).toMatchObject({ remaining: 2 });
    expect(await checkRateLimit(requestFrom(ip), { ...config, cost: 3 }, db)).toMatchObject({
      allowed: false,
      remaining: 2,
    });
    expect(await checkRateLimit(requestFrom(ip), { ...config, cost: 2 }, db)).toMatchObject({
      allowed: true,
      remaining: 0,
    });
  });

  it("counts all unknown addresses together", async () => {
    const { trust: _, ...untrusting } = { ...hourly, action: "unknown", maxRequests: 2 };
    const log = vi.fn();
    const check = (ip: string): Promise<RateLimitDecision> =>
      checkRateLimit(requestFrom(ip), { ...untrusting, log }, db);
    const decisions = [await check(newAddress()), await check(newAddress()), await check(newAddress())];
    expect(decisions.map(({ allowed, ip }) => [allowed, ip])).toEqual([
      [true, null],
      [true, null],
      [false, null],
    ]);
    expect(decisions[0]?.limits[0]).toMatchObject({ per: "ip", subject: "unknown" });
    expect(log).toHaveBeenCalledWith("rate_limit_ip_unknown", expect.anything(), "warn");
  });

  it("goes by the rules of the database, by the user's tier, when only the action is named", async () => {
    await stack.sql`insert into rate_limit_rules (action, per, tier, window_seconds, max_requests) values
      ('ruled', 'user', 'free', 60, 1), ('ruled', 'user', 'premium', 60, 3), ('ruled', 'global', 'any', 60, 100)`;
    const premium = await stack.createUser({ columns: { tier: "premium" } });
    const free = await stack.createUser();
    const limitOf = async (userId: string): Promise<unknown> => {
      const decision = await checkRateLimit(
        requestFrom(null),
        { action: "ruled", userId, timeoutMs: 30_000 },
        db,
      );
      return decision.limits.map(({ name, subject, limit, remaining }) => [name, subject, limit, remaining]);
    };
    expect(await limitOf(premium.id)).toEqual([
      ["global", null, 100, 99],
      ["per_user", premium.id, 3, 2],
    ]);
    expect(await limitOf(free.id)).toEqual([
      ["global", null, 100, 98],
      ["per_user", free.id, 1, 0],
    ]);
  });

  it("judges a user who is not there any more", async () => {
    const userId = "00000000-0000-4000-8000-000000000000";
    const config = {
      action: "gone",
      limits: [{ per: "user", maxRequests: 1, windowMinutes: 1 }],
      userId,
      timeoutMs: 30_000,
    } as const;
    expect(await checkRateLimits(requestFrom(null), config, db)).toMatchObject({ allowed: true });
    expect(await checkRateLimits(requestFrom(null), config, db)).toMatchObject({ allowed: false });
  });
});

describe("several limits", () => {
  const limits = [
    { per: "ip", maxRequests: 5, windowMinutes: 60 },
    { per: "user", maxRequests: 2, windowMinutes: 60 },
    { per: { key: "team:1" }, maxRequests: 100, windowMinutes: 60 },
  ] as const;

  it("are counted all or not at all, and what refuses is named", async () => {
    const { id: userId } = await stack.createUser();
    const ip = newAddress();
    const check = (more: object = {}): Promise<RateLimitDecision> =>
      checkRateLimits(
        requestFrom(ip),
        { action: "several", limits, userId, trust: "cloudflare", timeoutMs: 30_000, ...more },
        db,
      );
    const left = (decision: RateLimitDecision): unknown =>
      Object.fromEntries(decision.limits.map(({ name, remaining }) => [name, remaining]));
    expect(left(await check())).toEqual({ per_ip: 4, per_user: 1, per_key: 99 });
    expect(await check()).toMatchObject({ allowed: true, limit: 2, remaining: 0 });
    const denied = await check();
    expect(denied).toMatchObject({ allowed: false, limit: 2, violated: ["per_user"] });
    expect(left(denied)).toEqual({ per_ip: 3, per_user: 0, per_key: 98 });
    const other = await stack.createUser();
    expect(left(await check({ userId: other.id }))).toEqual({ per_ip: 2, per_user: 1, per_key: 97 });
  });
});

describe("a client that may not ask", () => {
  it.each<[string, () => Promise<Database>]>([
    ["an anon key", async () => createDatabase({ url: stack.url, key: stack.anonKey })],
    ["a publishable key", async () => createDatabase({ url: stack.url, key: stack.publishableKey })],
    [
      "a user's token",
      async () =>
        createDatabase({
          url: stack.url,
          key: stack.publishableKey,
          accessToken: (await stack.createUser()).accessToken,
        }),
    ],
    [
      "an admin's token",
      async () =>
        createDatabase({
          url: stack.url,
          key: stack.publishableKey,
          accessToken: (await stack.createUser({ isAdmin: true })).accessToken,
        }),
    ],
    ["a key of nobody", async () => createDatabase({ url: stack.url, key: "sb_secret_nobody" })],
  ])("is the app's mistake, whatever the policy: %s", async (_, make) => {
    const config = { ...hourly, action: "forbidden", onStoreFailure: "open" } as const;
    await expect(checkRateLimit(requestFrom(newAddress()), config, await make())).rejects.toMatchObject({
      code: "ERR_6003",
      reason: expect.stringMatching(/^(?:forbidden|invalid_key)$/),
      message: expect.stringContaining("set up wrongly"),
      hint: expect.stringContaining("key"),
    });
    const [{ count } = {}] =
      await stack.sql`select count(*)::int from rate_limit_log where action = 'forbidden'`;
    expect(count).toBe(0);
  });

  it("as little as an action that no rule is for", async () => {
    const config = { action: "no_such_action", onStoreFailure: "open", timeoutMs: 30_000 } as const;
    await expect(checkRateLimit(requestFrom(null), config, db)).rejects.toMatchObject({
      code: "ERR_6003",
      reason: "no_rate_limit_rule",
      hint: expect.stringContaining("vidops limits set"),
    });
  });
});
