import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { createRateLimiter, type RateLimiter, withRateLimit } from "./index.ts";
import { requestFrom } from "./testing/scripted-store.ts";

let stack: TestStack;
let db: Database;
let limiter: RateLimiter;
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
  limiter = createRateLimiter({ db, timeoutMs: 30_000 });
});
afterAll(() => stack[Symbol.asyncDispose]());

let last = 0;
const newAddress = (): string => `203.0.113.${++last}`;
const config = {
  action: "video_generation",
  maxRequests: 1,
  windowMinutes: 60,
  trust: "cloudflare",
  reserve: true,
} as const;

/** Takes the only slot of a new address. */
async function reserve(): Promise<{ ip: string; reservation: string }> {
  const ip = newAddress();
  const { reservation } = await limiter.check(requestFrom(ip), config);
  return { ip, reservation: reservation ?? "" };
}
const isFree = async (ip: string): Promise<boolean> =>
  (await limiter.peek(requestFrom(ip), config)).every(({ allowed }) => allowed);

describe("a reserved slot", () => {
  it("is taken at once, and free again when it is given back, also for a client that was just refused", async () => {
    const { ip, reservation } = await reserve();
    expect(reservation).toMatch(/^[0-9a-f-]{36}$/);
    expect(await limiter.check(requestFrom(ip), config)).toMatchObject({ allowed: false });
    expect(await limiter.release(reservation)).toEqual({ changed: true });
    expect(await limiter.check(requestFrom(ip), config)).toMatchObject({ allowed: true });
  });

  it("is given back once, however often and from wherever at once", async () => {
    const { ip, reservation } = await reserve();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => limiter.release(reservation)));
    expect(outcomes.filter(({ changed }) => changed)).toHaveLength(1);
    expect(await limiter.check(requestFrom(ip), config)).toMatchObject({ allowed: true });
    expect(await limiter.release(reservation)).toEqual({ changed: false });
    expect(await isFree(ip)).toBe(false);
  });

  it("stays taken once it is committed", async () => {
    const { ip, reservation } = await reserve();
    expect(await limiter.commit(reservation)).toEqual({ changed: true });
    expect(await limiter.commit(reservation)).toEqual({ changed: false });
    await expect(limiter.release(reservation)).rejects.toMatchObject({
      code: "ERR_4010",
      reason: "reservation_settled",
    });
    expect(await isFree(ip)).toBe(false);
  });

  it("of nobody is not found, and what is no id is not sent", async () => {
    await expect(limiter.release("00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({
      code: "ERR_4007",
      reason: "reservation_not_found",
    });
    stack.requests.length = 0;
    await expect(limiter.release("r-1")).rejects.toMatchObject({ code: "ERR_4008", field: "reservation" });
    expect(stack.requests).toEqual([]);
  });

  it("of a user may not be given back by that user", async () => {
    const { ip, reservation } = await reserve();
    const { accessToken } = await stack.createUser();
    const asUser = createDatabase({ url: stack.url, key: stack.publishableKey, accessToken });
    await expect(createRateLimiter({ db: asUser }).release(reservation)).rejects.toMatchObject({
      code: "ERR_4006",
    });
    expect(await isFree(ip)).toBe(false);
  });
});

describe("peek and reset", () => {
  it("look without counting, and begin anew, which is told when there was nothing", async () => {
    const { ip } = await reserve();
    for (let i = 0; i < 3; i++) expect(await isFree(ip)).toBe(false);
    const limit = { per: "ip", maxRequests: 1, windowMinutes: 60 } as const;
    expect(await limiter.reset({ action: "video_generation", ip }, limit)).toBe(true);
    expect(await limiter.reset({ action: "video_generation", ip }, limit)).toBe(false);
    expect(await isFree(ip)).toBe(true);
  });
});

describe("withRateLimit", () => {
  it("lets work that failed be tried again, and work that was done not", async () => {
    const statuses = [500, 502, 200, 200];
    const answer = withRateLimit<[]>(() => new Response(null, { status: statuses.shift() ?? 200 }), {
      ...{ ...config, db, timeoutMs: 30_000, action: "may_fail" },
    });
    const ip = newAddress();
    const seen = [];
    for (let i = 0; i < 4; i++) seen.push((await answer(requestFrom(ip))).status);
    expect(seen).toEqual([500, 502, 200, 429]);
  });
});
