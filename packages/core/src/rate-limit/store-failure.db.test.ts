import { createTestStack, type TestStack } from "@vidops/local/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../database/index.ts";
import { createRateLimiter, type RateLimitDecision } from "./index.ts";
import { requestFrom } from "./testing/scripted-store.ts";

let stack: TestStack;
let db: Database;
beforeAll(async () => {
  stack = await createTestStack();
  db = createDatabase({ url: stack.url, key: stack.secretKey });
});
afterAll(() => stack[Symbol.asyncDispose]());
afterEach(() => stack.faults.clear());

const path = "/rest/v1/rpc/check_rate_limit";
const base = {
  action: "video_generation",
  maxRequests: 1_000,
  windowMinutes: 60,
  trust: "cloudflare",
} as const;
const check = (client: Database, more: object = {}): Promise<RateLimitDecision> =>
  createRateLimiter({ db: client, log: () => {} }).check(requestFrom("203.0.113.7"), { ...base, ...more });

describe("the real database fails", () => {
  it.each(["cut-before-forward", "cut-after-forward", "502-html", "hang"] as const)(
    "closed limits refuse with ERR_6008, open ones let the request go on, and each asks once: %s",
    async (kind) => {
      stack.faults.next({ path, kind, times: 2 });
      stack.requests.length = 0;
      const timeoutMs = 400;
      const reason = kind === "hang" ? "store_timeout" : "store_unavailable";
      const started = performance.now();
      await expect(check(db, { timeoutMs })).rejects.toMatchObject({
        code: "ERR_6008",
        reason,
        retryable: true,
      });
      expect(await check(db, { timeoutMs, onStoreFailure: "open" })).toMatchObject({
        allowed: true,
        degraded: reason,
      });
      expect(performance.now() - started).toBeLessThan(2_000);
      expect(stack.requests).toHaveLength(2);
      expect(await check(db, { timeoutMs: 30_000 })).toMatchObject({ allowed: true, degraded: null });
    },
  );

  it("is told from a host that is not there", async () => {
    const nobody = createDatabase({ url: "http://127.0.0.1:1", key: stack.secretKey });
    await expect(check(nobody)).rejects.toMatchObject({ code: "ERR_6008", cause: { code: "ERR_6005" } });
  });

  it("gives up on a database that is locked, and lets nothing of it through later", async () => {
    const limiter = createRateLimiter({ db, log: () => {} });
    await limiter.check(requestFrom("203.0.113.99"), base);
    await stack.sql.begin(async (sql) => {
      await sql`select 1 from vidops.rate_limit_state for update`;
      const started = performance.now();
      await expect(
        limiter.check(requestFrom("203.0.113.99"), { ...base, timeoutMs: 200 }),
      ).rejects.toMatchObject({
        reason: "store_timeout",
      });
      expect(performance.now() - started).toBeLessThan(1_000);
    });
  });
});

describe("what answers talks nonsense", () => {
  const standing = {
    ...{ limit: 1_000, remaining: 9, allowed: true, retry_after_ms: 0 },
    ...{ reset_at: "2026-11-25T13:00:00.123456+00:00", reset_after_ms: 1 },
  };
  const limit = { name: "per_ip", per: "ip", subject: "203.0.113.7", window_seconds: 3_600, ...standing };
  const sane = { success: true, allowed: true, limits: [limit], reservation: null };
  /** What check_rate_limit answers, which one limit of an address is put to. */
  const short = { success: true, retry_after: 0, ...standing };
  /** One limit that check_rate_limits is asked about. */
  const long = {
    limits: [{ name: "burst", per: "ip", maxRequests: 1_000, windowMinutes: 60 }],
    ...{ maxRequests: undefined, windowMinutes: undefined },
  } as const;
  /** A database whose one answer is this, as PostgREST would send it. */
  const answering = (body: unknown): Database =>
    createDatabase({
      url: "https://abc.supabase.co",
      key: "sb_secret_abc",
      fetch: async () => Response.json(body),
    });

  const failsTheStore = async (body: unknown, more: object): Promise<void> => {
    await expect(check(answering(body), more)).rejects.toMatchObject({
      code: "ERR_6008",
      reason: "store_unavailable",
    });
    expect(await check(answering(body), { ...more, onStoreFailure: "open" })).toMatchObject({
      degraded: "store_unavailable",
    });
  };

  it.each([
    ["the short answer", short, {}],
    ["the long one", sane, long],
  ])("which this is not: %s", async (_, body, more) => {
    expect(await check(answering(body), more)).toMatchObject({
      allowed: true,
      remaining: 9,
      resetAt: "2026-11-25T13:00:00.123Z",
    });
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["an empty object", {}],
    ["a list", [short]],
    ["true", true],
    ["success alone", { success: true }],
    ["no word of success", { ...short, success: undefined }],
    ["success as text", { ...short, success: "true" }],
    ["allowed as text", { ...short, allowed: "true" }],
    ["allowed as a number", { ...short, allowed: 1 }],
    ["no numbers", { success: true, allowed: true }],
    ["less than nothing left", { ...short, remaining: -1 }],
    ["more left than there is", { ...short, remaining: 1_001 }],
    ["a refusal that is over", { ...short, allowed: false }],
    ["another limit", { ...short, limit: 999 }],
    ["a wait as text", { ...short, retry_after_ms: "0" }],
    ["a time that is none", { ...short, reset_at: "soon" }],
    ["the answer of the other function", sane],
    ["the answer of a table of that name", [{ id: 1 }]],
  ])("is a failure of the store, about one limit: %s", (_, body) => failsTheStore(body, {}));

  it.each<[string, unknown]>([
    ["null", null],
    ["an empty object", {}],
    ["a list", [sane]],
    ["true", true],
    ["success alone", { success: true }],
    ["allowed as text", { ...sane, allowed: "true" }],
    ["allowed as a number", { ...sane, allowed: 1 }],
    ["no limits", { ...sane, limits: undefined }],
    ["an empty list of limits", { ...sane, limits: [] }],
    ["a limit without numbers", { ...sane, limits: [{ name: "per_ip" }] }],
    ["less than nothing left", { ...sane, limits: [{ ...limit, remaining: -1 }] }],
    ["more left than there is", { ...sane, limits: [{ ...limit, remaining: 1_001 }] }],
    ["a refusal that is over", { ...sane, allowed: false, limits: [{ ...limit, allowed: false }] }],
    ["a wait as text", { ...sane, limits: [{ ...limit, retry_after_ms: "0" }] }],
    ["a time that is none", { ...sane, limits: [{ ...limit, reset_at: "soon" }] }],
    ["a scope of nobody", { ...sane, limits: [{ ...limit, per: "planet" }] }],
    ["a reservation that is no uuid", { ...sane, reservation: "yes" }],
    ["an admission that its own limit refuses", { ...sane, limits: [{ ...limit, allowed: false }] }],
    ["the answer of a table of that name", [{ id: 1 }]],
    ["the short answer", short],
  ])("is a failure of the store, about several: %s", (_, body) => failsTheStore(body, long));

  it("is a failure of the store: a page of a proxy, with status 200", async () => {
    const fetch = vi.fn(
      async () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
    );
    const portal = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    await expect(check(portal)).rejects.toMatchObject({ code: "ERR_6008" });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("is the app's mistake: a database without the functions", async () => {
    const fetch = async (): Promise<Response> =>
      Response.json({ code: "PGRST202", message: "no function", details: null, hint: null }, { status: 404 });
    const old = createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch });
    await expect(check(old, { onStoreFailure: "open" })).rejects.toMatchObject({
      code: "ERR_6004",
      reason: "schema_outdated",
    });
  });
});
