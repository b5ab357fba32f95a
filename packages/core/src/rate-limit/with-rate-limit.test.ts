import { parseList } from "structured-headers";
import { describe, expect, it, vi } from "vitest";
import { builtInErrors, VidopsError } from "../errors/index.ts";
import { createRateLimiter, type FetchHandler, type LimitedHandlerOptions } from "./index.ts";
import { allowing, denying, requestFrom, scriptedStore, state } from "./testing/scripted-store.ts";

const base = { action: "video_generation", maxRequests: 10, windowMinutes: 60, trust: "cloudflare" } as const;
const userId = "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968";
const fine = (): Response => new Response("fine", { status: 201, headers: { "x-own": "1" } });

/** A limited handler over a store that answers in turn. */
function limited(
  steps: readonly unknown[],
  more: Partial<LimitedHandlerOptions<[]>> = {},
  handler: FetchHandler<[]> = fine,
) {
  const store = scriptedStore(...steps);
  const log = vi.fn();
  const run = vi.fn(handler);
  const answer = createRateLimiter({ store, log }).withRateLimit<[]>(run, {
    ...base,
    ...more,
  } as LimitedHandlerOptions<[]>);
  return { store, log, run, answer };
}

const bodyOf = async (response: Response): Promise<unknown> => JSON.parse(await response.text());

describe("a request within its limits", () => {
  it("reaches the handler with all that the runtime gave, and its answer gets the RateLimit fields", async () => {
    const store = scriptedStore(allowing());
    const handler = vi.fn(async (_request: Request, _env: { key: string }) => fine());
    const answer = createRateLimiter({ store }).withRateLimit(handler, base);
    const request = requestFrom("203.0.113.7");
    const response = await answer(request, { key: "x" });
    expect(handler).toHaveBeenCalledExactlyOnceWith(request, { key: "x" });
    expect([response.status, await response.text(), response.headers.get("x-own")]).toEqual([
      201,
      "fine",
      "1",
    ]);
    expect(parseList(response.headers.get("ratelimit") ?? "")[0]?.[1].get("r")).toBe(9);
    expect(parseList(response.headers.get("ratelimit-policy") ?? "")[0]?.[1].get("w")).toBe(3_600);
    expect(response.headers.has("retry-after")).toBe(false);
  });

  it("rejects with what the handler throws", async () => {
    const boom = new Error("boom");
    const { answer } = limited([allowing()], {}, () => Promise.reject(boom));
    await expect(answer(requestFrom("203.0.113.7"))).rejects.toBe(boom);
  });

  it("is judged by the user that the app reads off the token", async () => {
    const limits = [{ per: "user", maxRequests: 1, windowMinutes: 1 }] as const;
    const { answer, store } = limited([allowing()], {
      limits,
      userId: async (request: Request) => request.headers.get("authorization"),
    } as never);
    await answer(requestFrom("203.0.113.7", { headers: { authorization: userId } }));
    expect(store.asked[0]?.userId).toBe(userId);
  });

  it("goes on without the store where limits are open, and nothing is told of them", async () => {
    const { answer } = limited([new Error("down")], { onStoreFailure: "open" });
    const response = await answer(requestFrom("203.0.113.7"));
    expect(response.status).toBe(201);
    expect([...response.headers.keys()]).toEqual(["content-type", "x-own"]);
  });
});

describe("a request over a limit", () => {
  it("never reaches the handler, and is answered in the user's language with the wait in body and headers", async () => {
    const { answer, run } = limited([denying(2_399_001)]);
    const response = await answer(
      requestFrom("203.0.113.7", { headers: { "accept-language": "tr-TR,tr;q=0.9" } }),
    );
    expect(run).not.toHaveBeenCalled();
    expect(response.status).toBe(429);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-language": "tr",
      "retry-after": "2400",
      ratelimit: '"per_ip";r=0;t=2400',
      "ratelimit-policy": '"per_ip";q=10;w=3600',
      "cache-control": "no-store",
    });
    expect(await bodyOf(response)).toEqual({
      error: {
        code: "ERR_4004",
        message: expect.stringContaining("40 dakika"),
        details: { retry_after: 2_400 },
        request_id: response.headers.get("x-request-id"),
      },
    });
  });

  it("is answered in the language of the profile, or of the browser when the profile cannot be read", async () => {
    const headers = { "accept-language": "tr" };
    const spanish = limited([denying(1_000)], { language: async () => "es" });
    expect(
      (await spanish.answer(requestFrom("203.0.113.7", { headers }))).headers.get("content-language"),
    ).toBe("es");
    const failing = limited([denying(1_000)], { language: () => Promise.reject(new Error("no profile")) });
    expect(
      (await failing.answer(requestFrom("203.0.113.7", { headers }))).headers.get("content-language"),
    ).toBe("tr");
  });

  it("does not ask for the language of a request that may go on", async () => {
    const language = vi.fn(() => "es");
    await limited([allowing()], { language }).answer(requestFrom("203.0.113.7"));
    expect(language).not.toHaveBeenCalled();
  });

  it("lets pages of other origins read its headers, where they may read the answer", async () => {
    const cors = { origin: ["https://app.example"] };
    const { answer } = limited([denying(1_000)], { cors, headers: { "X-App": "1", Vary: "X-App" } });
    const response = await answer(requestFrom("203.0.113.7", { headers: { origin: "https://app.example" } }));
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example");
    const exposed = response.headers.get("access-control-expose-headers")?.split(", ");
    expect(exposed).toEqual(
      expect.arrayContaining(["x-request-id", "ratelimit", "retry-after", "ratelimit-policy"]),
    );
    expect(response.headers.get("x-app")).toBe("1");
    expect(response.headers.get("vary")).toBe("Accept-Language, Origin, X-App");
  });

  it("is told as problem details, in the older headers, and with the app's own status scheme where that is said", async () => {
    const { answer } = limited([denying(1_000)], {
      format: "problem",
      statusScheme: "family",
      limitHeaders: { legacy: true },
    });
    const response = await answer(requestFrom("203.0.113.7"));
    expect([response.status, response.headers.get("content-type")]).toEqual([
      400,
      "application/problem+json",
    ]);
    expect(response.headers.get("x-ratelimit-remaining")).toBe("0");
  });
});

describe("a request that cannot be judged", () => {
  it("is answered 503 in the user's language, with the time to come back, when the store fails and a limit is closed", async () => {
    const { answer, run, log } = limited([new Error("down")]);
    const response = await answer(requestFrom("203.0.113.7", { headers: { "accept-language": "es" } }));
    expect(run).not.toHaveBeenCalled();
    expect([
      response.status,
      response.headers.get("retry-after"),
      response.headers.get("content-language"),
    ]).toEqual([503, "2", "es"]);
    expect(response.headers.has("ratelimit")).toBe(false);
    expect(await bodyOf(response)).toEqual({
      error: {
        code: "ERR_6008",
        message: "Ahora mismo no podemos atender tu solicitud. Inténtalo de nuevo en unos segundos.",
        request_id: response.headers.get("x-request-id"),
      },
    });
    expect(log).toHaveBeenCalledExactlyOnceWith("rate_limit_store_failed", expect.anything(), "error");
  });

  it("is answered all the same when the app's own codes are older than this one", async () => {
    const { ERR_6008: _, ...codes } = builtInErrors.codes;
    const { answer } = limited([new Error("down")], { errors: { ...builtInErrors, codes } as never });
    const response = await answer(requestFrom("203.0.113.7"));
    expect([response.status, response.headers.get("retry-after")]).toEqual([500, "2"]);
  });

  it("is answered 401 when a limit is per user and it names none", async () => {
    const limits = [{ per: "user", maxRequests: 1, windowMinutes: 1 }] as const;
    const { answer, store } = limited([allowing()], { limits, userId: () => null } as never);
    const response = await answer(requestFrom("203.0.113.7"));
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(store.asked).toEqual([]);
  });

  it("is answered 400 when it hides its address and that is refused", async () => {
    const { answer, run } = limited([allowing()], { unknownIp: "refuse" });
    const response = await answer(requestFrom(null));
    expect(response.status).toBe(400);
    expect(await bodyOf(response)).toMatchObject({ error: { code: "ERR_4008" } });
    expect(run).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, Partial<LimitedHandlerOptions<[]>>, object]>([
    [
      "a key that may not",
      new VidopsError({ code: "ERR_4006", reason: "forbidden", message: "No." }),
      {},
      { code: "ERR_6003", reason: "forbidden" },
    ],
    [
      "an action without rules",
      new VidopsError({ code: "ERR_6003", reason: "no_rate_limit_rule", message: "No." }),
      {},
      { reason: "no_rate_limit_rule" },
    ],
    [
      "a user id that is none",
      allowing(),
      { userId: () => "ada" },
      { code: "ERR_6003", reason: "validation_failed" },
    ],
    [
      "a reader of tokens that fails",
      allowing(),
      { userId: () => Promise.reject(new Error("bad token")) },
      { message: "bad token" },
    ],
  ])("is thrown, and not answered as the client's fault: %s", async (_, step, more, error) => {
    const { answer, run } = limited([step], more);
    await expect(answer(requestFrom("203.0.113.7"))).rejects.toMatchObject(error);
    expect(run).not.toHaveBeenCalled();
  });
});

describe("a browser's preflight", () => {
  const preflight = {
    "access-control-request-headers": "authorization",
    "access-control-request-method": "POST",
    origin: "https://app.example",
  };

  it("counts as any request, or a handler that does its work for OPTIONS could be used without limit", async () => {
    const { answer, run } = limited([denying(1_000)]);
    const request = requestFrom("203.0.113.7", { method: "OPTIONS", headers: preflight });
    expect((await answer(request)).status).toBe(429);
    expect(run).not.toHaveBeenCalled();
  });

  it("that may pass is not counted, and reaches the handler with nothing that it could do work with", async () => {
    const { answer, store, run } = limited([denying(1_000)], { preflights: "pass" });
    const headers = {
      ...preflight,
      authorization: "Bearer x",
      apikey: "x",
      cookie: "sid=x",
      "x-api-key": "x",
    };
    const request = requestFrom("203.0.113.7", { method: "OPTIONS", headers, body: '{"prompt":"a cat"}' });
    expect((await answer(request)).status).toBe(201);
    expect(store.asked).toEqual([]);
    const [seen] = run.mock.calls[0] ?? [];
    expect([seen?.method, seen?.url, await seen?.text()]).toEqual(["OPTIONS", request.url, ""]);
    expect(Object.fromEntries(seen?.headers ?? [])).toEqual(preflight);
  });

  it.each<[string, RequestInit]>([
    ["no method that it asks for", { headers: { origin: "https://app.example" } }],
    ["no origin", { headers: { "access-control-request-method": "POST" } }],
    ["another method", { headers: preflight, method: "POST" }],
  ])("is told by its headers; this is counted: %s", async (_, init) => {
    const { answer, run } = limited([denying(1_000)], { preflights: "pass" });
    expect((await answer(requestFrom("203.0.113.7", { method: "OPTIONS", ...init }))).status).toBe(429);
    expect(run).not.toHaveBeenCalled();
  });
});

it("tells nothing of a limit of everybody unless the app says so", async () => {
  const answer = allowing(state({ name: "global", per: "global", subject: null }));
  const limits = [{ per: "global", maxRequests: 10, windowMinutes: 60 }] as const;
  const silent = await limited([answer], { limits } as never).answer(requestFrom(null));
  expect(silent.headers.has("ratelimit")).toBe(false);
  const telling = limited([answer], { limits, limitHeaders: { policyNames: ["global"] } } as never);
  expect((await telling.answer(requestFrom(null))).headers.get("ratelimit")).toContain('"global"');
});
