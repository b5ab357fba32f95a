import { describe, expect, it, vi } from "vitest";
import {
  createCircuitBreaker,
  createRetryBudget,
  fetchWithRetry,
  HttpRequestError,
  type RetryConfig,
} from "./index.ts";
import { answer, lost, quick, refused, server, url } from "./testing/fake-server.ts";

describe("fetchWithRetry", () => {
  it("returns the first answer that is worth having", async () => {
    const { fetch, sent } = server(503, 500, 200);
    expect((await fetchWithRetry(url, {}, { ...quick, fetch })).status).toBe(200);
    expect(sent).toHaveLength(3);
  });

  it.each([408, 429, 500, 502, 503, 504])("sends again after %d", async (status) => {
    const { fetch, sent } = server(status, 200);
    await fetchWithRetry(url, {}, { ...quick, fetch });
    expect(sent).toHaveLength(2);
  });

  it.each([200, 204, 304, 400, 401, 404, 409, 422, 501])("returns %d at once", async (status) => {
    const { fetch, sent } = server(status);
    expect((await fetchWithRetry(url, {}, { ...quick, fetch })).status).toBe(status);
    expect(sent).toHaveLength(1);
  });

  it("returns the last answer when no retry is left, its body unread", async () => {
    const { fetch, sent } = server(503, 503, answer(503, {}, "still down"));
    const response = await fetchWithRetry(url, {}, { ...quick, fetch, maxRetries: 2 });
    expect(sent).toHaveLength(3);
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe("still down");
  });

  it("throws an error with every attempt when none was answered", async () => {
    const { fetch } = server(503, lost(), refused());
    const error = await fetchWithRetry(url, {}, { ...quick, fetch, maxRetries: 2 }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(HttpRequestError);
    expect(error).toMatchObject({
      code: "ERR_5002",
      reason: "not_connected",
      retryable: true,
      sent: "unknown",
    });
    expect(error.attempts).toMatchObject([
      { number: 1, status: 503, reason: null, error: null, delay: 1 },
      { number: 2, status: null, reason: "connection_lost", delay: 2 },
      { number: 3, status: null, reason: "not_connected", delay: null },
    ]);
    expect(error.cause).toBe(error.attempts[2].error);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("secret");
  });

  it("throws what fetch throws for a mistake in the program, at once and unchanged", async () => {
    for (const mistake of [new TypeError("Failed to parse URL"), new RangeError("x")]) {
      const { fetch, sent } = server(mistake);
      await expect(fetchWithRetry(url, {}, { ...quick, fetch })).rejects.toBe(mistake);
      expect(sent).toHaveLength(1);
    }
    const fetch = (): never => {
      throw "a text";
    };
    await expect(fetchWithRetry(url, {}, { ...quick, fetch })).rejects.toBe("a text");
  });

  it.each<[string, () => Promise<Response>]>([
    ["an invalid URL", () => fetchWithRetry("not a url", {}, quick)],
    ["an unknown scheme", () => fetchWithRetry("foo://x", {}, quick)],
    ["a bad port", () => fetchWithRetry("http://127.0.0.1:1/", {}, quick)],
    ["a GET with a body", () => fetchWithRetry(url, { body: "x" }, quick)],
    ["an invalid header", () => fetchWithRetry(url, { headers: { "a b": "x" } }, quick)],
    [
      "a Request whose body was read",
      async () => {
        const used = new Request("http://127.0.0.1:9/", { method: "POST", body: "x" });
        await used.text();
        return fetchWithRetry(used, {}, quick);
      },
    ],
  ])("rejects with a TypeError, without a retry: %s", async (_, call) => {
    const error = await call().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
  });
});

describe("hooks", () => {
  it("are told what happened and what comes, without what may be secret", async () => {
    const onRetry = vi.fn();
    const { fetch } = server(503, lost(), 200);
    await fetchWithRetry("https://me:pw@api.example.com/videos?key=secret", {}, { ...quick, fetch, onRetry });
    expect(onRetry.mock.calls).toMatchObject([
      [
        {
          method: "GET",
          url: "https://api.example.com/videos",
          delay: 1,
          attempt: { number: 1, status: 503 },
        },
      ],
      [{ delay: 2, attempt: { number: 2, status: null, reason: "connection_lost" } }],
    ]);
    expect(JSON.stringify(onRetry.mock.calls)).not.toMatch(/secret|pw/);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("hook");
      },
    ],
    [
      "rejects",
      async () => {
        throw new Error("hook");
      },
    ],
    ["never resolves", () => new Promise(() => {})],
  ])("that watch cannot stop the call: one that %s", async (_, onRetry) => {
    const { fetch } = server(503, 200);
    expect((await fetchWithRetry(url, {}, { ...quick, fetch, onRetry: onRetry as () => void })).status).toBe(
      200,
    );
  });

  it("that decide can end the call, or repeat what the rules would not", async () => {
    const ended = server(503, 200);
    expect(
      (await fetchWithRetry(url, {}, { ...quick, fetch: ended.fetch, shouldRetry: () => false })).status,
    ).toBe(503);
    const repeated = server(lost(), 200);
    const shouldRetry = vi.fn(async () => true);
    const config = { ...quick, fetch: repeated.fetch, idempotency: false, shouldRetry };
    expect((await fetchWithRetry(url, { method: "POST" }, config)).status).toBe(200);
    expect(shouldRetry).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        safe: false,
        response: null,
        delay: 1,
        attempt: expect.objectContaining({ number: 1 }),
      }),
    );
    const left = server(503, 200);
    expect(
      (await fetchWithRetry(url, {}, { ...quick, fetch: left.fetch, shouldRetry: () => undefined })).status,
    ).toBe(200);
  });

  it("that decide end the call with what they throw, and give the answer back", async () => {
    const response = answer(503, {}, new ReadableStream({}));
    const { fetch } = server(response);
    const failing = (): never => {
      throw new Error("hook");
    };
    await expect(fetchWithRetry(url, {}, { ...quick, fetch, shouldRetry: failing })).rejects.toThrow("hook");
    await expect(response.body?.getReader().read()).resolves.toMatchObject({ done: true });
  });

  it("that never decide leave it to the deadline", async () => {
    const { fetch } = server(503);
    const config = { ...quick, fetch, deadline: 50, shouldRetry: () => new Promise<boolean>(() => {}) };
    expect((await fetchWithRetry(url, {}, config)).status).toBe(503);
  });
});

describe("a budget and a breaker", () => {
  it("end the retries of all calls to a server that is down", async () => {
    const budget = createRetryBudget({ reserve: 2, ratio: 0 });
    const { fetch, sent } = server(503);
    for (let call = 0; call < 10; call += 1) await fetchWithRetry(url, {}, { ...quick, fetch, budget });
    expect(sent).toHaveLength(12);
  });

  it("leave a server alone that keeps failing", async () => {
    const breaker = createCircuitBreaker({ failures: 3 });
    const { fetch, sent } = server(lost());
    const call = (): Promise<unknown> =>
      fetchWithRetry(url, {}, { ...quick, fetch, breaker }).catch((error) => error);
    expect(await call()).toMatchObject({ reason: "connection_lost", attempts: [{}, {}, {}] });
    expect(await call()).toMatchObject({ reason: "circuit_open", attempts: [], sent: "not_sent" });
    expect(sent).toHaveLength(3);
  });

  it("do not count what says nothing of the server", async () => {
    const breaker = createCircuitBreaker({ failures: 1 });
    const caller = new AbortController();
    const hanging: RetryConfig["fetch"] = () => new Promise(() => {});
    setTimeout(() => caller.abort(new Error("left")), 5);
    await fetchWithRetry(url, { signal: caller.signal }, { ...quick, fetch: hanging, breaker }).catch(
      () => {},
    );
    await fetchWithRetry("not a url", {}, { ...quick, breaker }).catch(() => {});
    const { fetch } = server(404, 429, 200);
    expect((await fetchWithRetry(url, {}, { ...quick, fetch, breaker })).status).toBe(404);
    expect((await fetchWithRetry(url, {}, { ...quick, fetch, breaker })).status).toBe(200);
  });
});
