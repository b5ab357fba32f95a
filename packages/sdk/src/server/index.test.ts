import { createDatabase } from "@vidops/core/database";
import { describe, expect, it, vi } from "vitest";
import * as server from "./index.ts";

const request = new Request("https://abc.functions.supabase.co/generate-video", {
  headers: { "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": "198.51.100.1, 192.0.2.9, 203.0.114.1" },
});
const limit = { action: "video_generation", maxRequests: 10, windowMinutes: 60 };
const limits = [{ per: "ip", maxRequests: 10, windowMinutes: 60 }] as const;

/** A database that lets everything through, and which addresses it was asked about. */
function recording() {
  const asked: unknown[] = [];
  const answer = {
    ...{ success: true, allowed: true, limit: 10, remaining: 9, retry_after: 0, retry_after_ms: 0 },
    ...{ reset_at: "2026-11-25T13:00:00+00:00", reset_after_ms: 3_600_000 },
  };
  const fetch = vi.fn<typeof globalThis.fetch>(async (_input, init) => {
    asked.push(JSON.parse(String(init?.body)).p_ip);
    return Response.json(answer);
  });
  return { asked, db: createDatabase({ url: "https://abc.supabase.co", key: "sb_secret_abc", fetch }) };
}

type Call = (db: ReturnType<typeof recording>["db"], more: object) => Promise<unknown>;
const calls: readonly [string, Call][] = [
  ["checkRateLimit", (db, more) => server.checkRateLimit(request, { ...limit, ...more }, db)],
  ["checkRateLimits", (db, more) => server.checkRateLimits(request, { action: "a", limits, ...more }, db)],
  [
    "withRateLimit",
    (db, more) => server.withRateLimit(() => new Response(), { ...limit, ...more, db })(request),
  ],
  ["createRateLimiter", (db, more) => server.createRateLimiter({ ...more, db }).check(request, limit)],
];

describe("@vidops/sdk/server", () => {
  it.each(calls)("believes Cloudflare, and nobody else, about the address: %s", async (_, call) => {
    const { asked, db } = recording();
    await call(db, {});
    await call(db, { trust: undefined });
    expect(asked).toEqual(["203.0.113.7", "203.0.113.7"]);
  });

  it.each(calls)("believes whom the app says instead: %s", async (_, call) => {
    const { asked, db } = recording();
    await call(db, { trust: { hops: 2 } });
    await call(db, { trust: "none", log: () => {} });
    expect(asked).toEqual(["192.0.2.9", "unknown"]);
  });

  it("never answers the app's own mistake as the client's: a key that may not ask is a 500 to its user", async () => {
    const body = { code: "42501", message: "permission denied for function", details: null, hint: null };
    const fetch = async (): Promise<Response> => Response.json(body, { status: 403 });
    const db = createDatabase({ url: "https://abc.supabase.co", key: "sb_publishable_abc", fetch });
    const log = vi.fn();
    const limited = server.withRateLimit(() => new Response(), { ...limit, onStoreFailure: "open", db });
    const response = await server.withErrors(limited, { log })(request);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ error: { code: "ERR_6003" } });
    expect(log.mock.calls[0]?.[1].error).toMatchObject({
      reason: "forbidden",
      hint: expect.stringContaining("key"),
    });
  });

  it("has what an Edge Function needs to answer", () => {
    expect(Object.keys(server).sort()).toEqual([
      "ErrorCode",
      "allowSettings",
      "checkRateLimit",
      "checkRateLimits",
      "createAdminRefundHandler",
      "createErrorResponse",
      "createHandlers",
      "createRateLimiter",
      "describeRequest",
      "developmentAttestation",
      "handlerNames",
      "rateLimitHeaders",
      "requireAdmin",
      "requireUser",
      "withCors",
      "withErrors",
      "withRateLimit",
    ]);
  });
});
