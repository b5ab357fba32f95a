import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createDatabase } from "@vidops/core/database";
import { createPostgresStore, type RateLimitStore, type TakeAnswer } from "@vidops/core/rate-limit";
import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { limitOf } from "./stores.ts";

let stack: TestStack;
let store: RateLimitStore;
beforeAll(async () => {
  stack = await createTestStack();
  store = createPostgresStore(createDatabase({ url: stack.url, key: stack.secretKey }));
});
afterAll(() => stack[Symbol.asyncDispose]());
beforeEach(() => {
  stack.requests.length = 0;
});

interface Asked {
  readonly action: string;
  readonly ip: string | null;
  readonly max: number;
}
type Way = (asked: Asked) => Promise<TakeAnswer>;
/** The same question in both ways: a denial that was answered from memory is told to check_rate_limits alone. */
const take =
  (unloggedDenials: number): Way =>
  ({ action, ip, max }) =>
    store.take({
      ...{ action, ip, userId: null, limits: [limitOf(max, 3_600)], cost: 1, reserve: false },
      unloggedDenials,
    });
const [short, long] = [take(0), take(1)];

/** All that an answer says but times, which pass. */
const timeless = ({ limits, ...answer }: TakeAnswer): unknown => ({
  ...answer,
  limits: limits.map(({ resetAt, retryAfterMs, resetAfterMs, ...state }) => ({
    ...state,
    waits: retryAfterMs > 0,
    counts: resetAfterMs > 0,
  })),
});

describe.each([
  ["an address", "203.0.113.7"],
  ["a network of IPv6", "2001:db8:1:2::/64"],
  ["an unknown address", null],
])("one limit of %s", (_, ip) => {
  it.each([1, 3, 102])("is told in the same words by both functions of Postgres: %i", async (max) => {
    const [one, other] = [randomUUID(), randomUUID()];
    for (let request = 0; request < max + 2; request += 1) {
      const byShort = await short({ action: one, ip, max });
      const byLong = await long({ action: other, ip, max });
      expect(timeless(byShort)).toEqual(timeless(byLong));
      expect(byShort.allowed).toBe(request < max);
    }
    expect(new Set(stack.requests.map(({ path }) => path))).toEqual(
      new Set(["/rest/v1/rpc/check_rate_limit", "/rest/v1/rpc/check_rate_limits"]),
    );
  });

  it("is one count for both, and both say when it is over", async () => {
    const asked = { action: randomUUID(), ip, max: 4 };
    const left = [];
    for (const way of [short, long, long, short]) left.push((await way(asked)).limits[0]?.remaining);
    expect(left).toEqual([3, 2, 1, 0]);
    const denials = [await long(asked), await short(asked), await long(asked)].map(({ limits }) => limits[0]);
    const [first] = denials;
    for (const denial of denials) {
      expect(denial).toMatchObject({ allowed: false, remaining: 0, resetAt: first?.resetAt });
      expect(Math.abs((denial?.retryAfterMs ?? 0) - (first?.retryAfterMs ?? 0))).toBeLessThan(1_000);
      expect(denial?.retryAfterMs).toBeLessThanOrEqual(denial?.resetAfterMs ?? 0);
    }
  });
});

it.each(["per_ip", "burst"])("what is refused is logged under the limit's name by both: %s", async (name) => {
  // Of the decisions of one second, the log keeps the first ones.
  await sleep(1_100);
  const limits = [limitOf(1, 60, { name })];
  for (const unloggedDenials of [0, 1, 0]) {
    const asked = { action: `log_${name}`, ip: "203.0.113.7", userId: null, cost: 1, reserve: false };
    await store.take({ ...asked, limits, unloggedDenials });
  }
  const log = await stack.sql`
    select allowed, limit_name, requests, host(ip_address) as ip from public.rate_limit_log where action = ${`log_${name}`} order by id`;
  const line = { ip: "203.0.113.7", requests: 1 };
  expect([...log]).toEqual([
    { ...line, allowed: true, limit_name: null },
    // The long way tells of a denial from memory beside its own.
    { ...line, allowed: false, limit_name: name, requests: 2 },
    { ...line, allowed: false, limit_name: name },
  ]);
});
