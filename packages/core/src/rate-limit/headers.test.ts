import { type BareItem, parseList } from "structured-headers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { uncounted } from "./decide.ts";
import type { Allowed, Denied, LimitState } from "./decision.ts";
import { rateLimitHeaderNames, rateLimitHeaders } from "./headers.ts";

const RESET_AT = "2026-11-25T13:00:00.250Z";
const hourly: LimitState = {
  name: "per_ip",
  per: "ip",
  subject: "203.0.113.7",
  limit: 10,
  windowSeconds: 3_600,
  remaining: 9,
  allowed: true,
  retryAfterMs: 0,
  resetAt: RESET_AT,
  resetAfterMs: 3_600_000,
};
const full: LimitState = { ...hourly, remaining: 0, allowed: false, retryAfterMs: 119_001 };
const shared = {
  limit: 10,
  remaining: 0,
  resetAt: RESET_AT,
  windowSeconds: 3_600,
  violated: [],
  ip: "203.0.113.7",
  degraded: null,
  cached: false,
} as const;

function allow(...limits: readonly LimitState[]): Allowed {
  return { ...shared, allowed: true, cached: false, limits, reservation: null };
}

function deny(retryAfter: number, ...limits: readonly LimitState[]): Denied {
  return { ...shared, allowed: false, limits, retryAfter };
}

/** Reads a field as a browser and a structured-fields parser get it; null when it was not sent. */
function readBack(
  headers: Record<string, string>,
  field: string,
): (readonly [unknown, Record<string, BareItem>])[] | null {
  const value = new Headers(headers).get(field);
  if (value === null) return null;
  return parseList(value).map(([name, parameters]) => [name, Object.fromEntries(parameters)]);
}

afterEach(() => void vi.useRealTimers());

describe("rateLimitHeaders", () => {
  it("names policy and what is left of it, in the draft's own spelling", () => {
    expect(rateLimitHeaders(allow(hourly))).toEqual({
      "ratelimit-policy": '"per_ip";q=10;w=3600',
      ratelimit: '"per_ip";r=9;t=3600',
    });
  });

  it("gives a denied client the rounded-up time until it is admitted again", () => {
    const headers = rateLimitHeaders(deny(120, full));
    expect(headers).toEqual({
      "ratelimit-policy": '"per_ip";q=10;w=3600',
      ratelimit: '"per_ip";r=0;t=120',
      "retry-after": "120",
    });
    expect(readBack(headers, "RateLimit")).toEqual([["per_ip", { r: 0, t: 120 }]]);
  });

  it("goes into a Response as it is, with names that pages may be allowed to read", () => {
    const response = new Response(null, { headers: rateLimitHeaders(deny(120, full), { legacy: true }) });
    expect([...response.headers.keys()].toSorted()).toEqual([...rateLimitHeaderNames].toSorted());
  });

  it("has every policy of a denial, but only violated limits beside Retry-After, which ends before none", () => {
    const perUser = { ...full, name: "per_user", retryAfterMs: 500_000 };
    const free = { ...hourly, name: "per_key", per: "key" } as const;
    const headers = rateLimitHeaders(deny(120, full, free, perUser));
    expect(readBack(headers, "RateLimit-Policy")?.map(([name]) => name)).toEqual([
      "per_ip",
      "per_key",
      "per_user",
    ]);
    expect(readBack(headers, "RateLimit")).toEqual([
      ["per_ip", { r: 0, t: 120 }],
      ["per_user", { r: 0, t: 500 }],
    ]);
    expect(headers["retry-after"]).toBe("500");
  });

  it.each([
    [119, 119_000, "119"],
    [1, 1, "1"],
    [1, 0, "1"],
    [0, 0, "1"],
    [-5, -5_000, "1"],
    [Number.NaN, Number.NaN, "1"],
  ])("waits whole seconds, 1 or more (%d s, %d ms)", (retryAfter, retryAfterMs, expected) => {
    const headers = rateLimitHeaders(deny(retryAfter, { ...full, retryAfterMs }));
    expect(headers["retry-after"]).toBe(expected);
    expect(readBack(headers, "RateLimit")).toEqual([["per_ip", { r: 0, t: Number(expected) }]]);
  });

  it("counts the wait for the next request, not for a whole window, once an admitted request took the last one", () => {
    const last = { ...hourly, remaining: 0, retryAfterMs: 100_000 };
    expect(rateLimitHeaders(allow(last)).ratelimit).toBe('"per_ip";r=0;t=100');
  });

  it("never invites to go faster than the policy allows", () => {
    // Everything left and nothing to wait for: a window of 0 s would read as any number a second.
    expect(rateLimitHeaders(allow({ ...hourly, remaining: 10, resetAfterMs: 0 })).ratelimit).toBe(
      '"per_ip";r=10;t=3600',
    );
    expect(rateLimitHeaders(allow({ ...hourly, remaining: 7, resetAfterMs: 1_000 })).ratelimit).toBe(
      '"per_ip";r=7;t=2520',
    );
  });

  it("keeps numbers of the whole service to itself unless the app tells them", () => {
    const everybody: LimitState = { ...full, name: "global", per: "global", subject: null };
    const decision = deny(300, everybody, hourly);
    const headers = rateLimitHeaders(decision, { legacy: true });
    expect(headers).toEqual({ "ratelimit-policy": '"per_ip";q=10;w=3600', "retry-after": "300" });
    expect(readBack(rateLimitHeaders(decision, { policyNames: ["global"] }), "RateLimit")).toEqual([
      ["global", { r: 0, t: 120 }],
    ]);
    expect(rateLimitHeaders(decision, { policyNames: [] })).toEqual({ "retry-after": "300" });
  });

  it("never gives away whose requests were counted", () => {
    const user = "6f1c1f5e-9f43-4b25-8f0b-2c2f3f6f0a11";
    const told = rateLimitHeaders(
      deny(120, full, { ...full, name: "per_user", per: "user", subject: user }),
      {
        legacy: true,
      },
    );
    expect(JSON.stringify(told)).not.toMatch(/203\.0\.113|6f1c1f5e|pk=/);
  });

  it("reads back 20 limits in their order, within what servers take for headers", () => {
    const limits = Array.from({ length: 20 }, (_, index) => ({
      ...hourly,
      name: `limit_${index}_`.padEnd(64, "x"),
      remaining: index % 10,
    }));
    const headers = rateLimitHeaders(allow(...limits));
    expect(readBack(headers, "RateLimit-Policy")).toEqual(
      limits.map(({ name }) => [name, { q: 10, w: 3_600 }]),
    );
    expect(readBack(headers, "RateLimit")).toEqual(
      limits.map(({ name, remaining }) => [name, { r: remaining, t: 3_600 }]),
    );
    expect(JSON.stringify(headers).length).toBeLessThan(4_096);
  });

  it.each([
    ['say "hi"', 'say "hi"'],
    ["back\\slash\\", "back\\slash\\"],
    ["a, b;q=1", "a, b;q=1"],
    ["sınır_ölçü", "s_n_r__l__"],
    ["film 🎬", "film _"],
    ["lone \ud83c", "lone _"],
    ["a\r\nset-cookie: admin=1", "a__set-cookie: admin=1"],
    ["nul\0tab\tdel\x7f", "nul_tab_del_"],
    ["", ""],
  ])("keeps a name in its quotes: %j", (name, expected) => {
    const headers = rateLimitHeaders(deny(1, { ...full, name }), { legacy: true });
    expect(readBack(headers, "RateLimit-Policy")).toEqual([[expected, { q: 10, w: 3_600 }]]);
    expect(readBack(headers, "RateLimit")).toEqual([[expected, { r: 0, t: 120 }]]);
    expect([...new Headers(headers).keys()].length).toBe(6);
  });

  it.each([
    [2 ** 31 - 1, 2_147_483_647],
    [Number.MAX_SAFE_INTEGER, 999_999_999_999_999],
    [1e300, 999_999_999_999_999],
  ])("writes %d as an Integer that parsers take", (given, expected) => {
    const huge = {
      ...hourly,
      limit: given,
      windowSeconds: given,
      remaining: given,
      resetAfterMs: given * 1_000,
    };
    const headers = rateLimitHeaders(allow(huge));
    expect(readBack(headers, "RateLimit-Policy")).toEqual([["per_ip", { q: expected, w: expected }]]);
    expect(readBack(headers, "RateLimit")).toEqual([["per_ip", { r: expected, t: expected }]]);
    expect(rateLimitHeaders(deny(given, full))["retry-after"]).toBe(String(expected));
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1, 0, 0.5])(
    "stays well formed when a store answers %d for everything",
    (number) => {
      const numbers = { limit: number, windowSeconds: number, remaining: number };
      const state = { ...full, ...numbers, retryAfterMs: number, resetAfterMs: number, resetAt: "soon" };
      for (const decision of [allow({ ...state, allowed: true }), deny(number, state)]) {
        const headers = rateLimitHeaders(decision, { legacy: true });
        expect(JSON.stringify(headers)).not.toMatch(/NaN|Infinity|-\d|\d\.|\de/);
        expect(readBack(headers, "RateLimit-Policy")?.[0]?.[1].w).toBeGreaterThan(0);
        expect(readBack(headers, "RateLimit")?.[0]?.[1].t).toBeGreaterThan(0);
      }
    },
  );

  it("says nothing of limits that nobody judged", () => {
    expect(rateLimitHeaders(uncounted("store_timeout", "203.0.113.7"), { legacy: true })).toEqual({});
  });

  it("writes a remembered denial like a fresh one", () => {
    expect(rateLimitHeaders({ ...deny(120, full), cached: true })).toEqual(rateLimitHeaders(deny(120, full)));
  });

  it("does not ask this machine's clock", () => {
    const before = rateLimitHeaders(deny(120, full), { legacy: true });
    vi.useFakeTimers({ now: Date.now() + 5 * 3_600_000 });
    expect(rateLimitHeaders(deny(120, full), { legacy: true })).toEqual(before);
  });
});

describe("rateLimitHeaders with legacy", () => {
  const legacyOf = (decision: Allowed | Denied): (string | undefined)[] => {
    const headers = rateLimitHeaders(decision, { legacy: true });
    return ["limit", "remaining", "reset"].map((field) => headers[`x-ratelimit-${field}`]);
  };

  it("has Reset in Unix seconds, rounded up, by the store's clock", () => {
    expect(legacyOf(allow(hourly))).toEqual(["10", "9", String(Date.UTC(2026, 10, 25, 13, 0, 1) / 1_000)]);
  });

  it("tells of the limit with the least left, and in a denial of the violated one that lasts longest", () => {
    const tight = { ...hourly, name: "per_user", limit: 5, remaining: 2 };
    expect(legacyOf(allow(hourly, tight)).slice(0, 2)).toEqual(["5", "2"]);
    const longest = { ...full, name: "per_user", limit: 50, remaining: 1, retryAfterMs: 200_000 };
    const loose = { ...hourly, name: "per_key", limit: 3, remaining: 0, retryAfterMs: 900_000 };
    expect(legacyOf(deny(200, full, loose, longest)).slice(0, 2)).toEqual(["50", "1"]);
  });

  it("is left out unless asked for", () => {
    expect(Object.keys(rateLimitHeaders(deny(120, full))).filter((name) => name.startsWith("x-"))).toEqual(
      [],
    );
  });
});
