import { describe, expect, it, vi } from "vitest";
import { createCircuitBreaker, fetchWithRetry, type RetryConfig } from "./index.ts";
import { answer, keyOf, lost, type Outcome, quick, refused, server, url } from "./testing/fake-server.ts";

describe("what may be sent twice", () => {
  it("gives POST and PATCH a key, the same on every attempt and another for every call", async () => {
    for (const method of ["POST", "post", "PATCH", "patch"]) {
      const { fetch, sent } = server(500, lost(), 200, 200);
      await fetchWithRetry(url, { method, body: "x" }, { ...quick, fetch });
      await fetchWithRetry(url, { method, body: "x" }, { ...quick, fetch });
      const keys = sent.map(keyOf);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(new Set(keys.slice(0, 3)).size).toBe(1);
      expect(keys[3]).not.toBe(keys[0]);
    }
  });

  it("lets the caller's key win, whether in the config or among the headers", async () => {
    const { fetch, sent } = server(200);
    await fetchWithRetry(url, { method: "POST" }, { fetch, idempotency: "order-7" });
    const headers = { "idempotency-key": "mine" };
    await fetchWithRetry(url, { method: "POST", headers }, { fetch, idempotency: "order-7" });
    expect(sent.map(keyOf)).toEqual(["order-7", "mine"]);
    expect(headers).toEqual({ "idempotency-key": "mine" });
  });

  it("gives no key to other methods", async () => {
    const { fetch, sent } = server(200);
    for (const method of ["GET", "PUT", "DELETE", "HEAD", "LOCK"])
      await fetchWithRetry(url, { method }, { fetch });
    expect(sent.map(keyOf)).toEqual([null, null, null, null, null]);
  });

  it("that was only refused has not been done when it cannot be sent after that", async () => {
    const refused = new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
    const { fetch } = server(answer(429, { "retry-after": "0" }), refused);
    const call = fetchWithRetry(url, { method: "POST" }, { ...quick, fetch, idempotency: false });
    await expect(call).rejects.toMatchObject({ code: "ERR_5002", sent: "not_sent", retryable: true });
  });

  it.each<[string, Outcome, number]>([
    ["never sent", refused(), 2],
    ["refused with 429 and a wait", answer(429, { "retry-after": "0" }), 2],
    ["refused with 503 and a wait", answer(503, { "retry-after": "0" }), 2],
    ["refused with 429 and no wait", answer(429), 1],
    ["refused with 503 and a wait that cannot be read", answer(503, { "retry-after": "soon" }), 1],
    ["answered 500, with a wait", answer(500, { "retry-after": "0" }), 1],
    ["answered 502", answer(502), 1],
    ["answered 504", answer(504), 1],
    ["answered 408", answer(408), 1],
    ["lost", lost(), 1],
  ])("a POST without a key that was %s", async (_, outcome, times) => {
    for (const method of ["POST", "PATCH", "LOCK"]) {
      const { fetch, sent } = server(outcome instanceof Response ? outcome.clone() : outcome, 200);
      await fetchWithRetry(url, { method }, { ...quick, fetch, idempotency: false }).catch(() => {});
      expect(sent).toHaveLength(times);
    }
  });

  it("says that a lost POST without a key may have been done", async () => {
    const { fetch } = server(lost());
    await expect(
      fetchWithRetry(url, { method: "POST" }, { ...quick, fetch, idempotency: false }),
    ).rejects.toMatchObject({
      code: "ERR_6006",
      sent: "unknown",
      retryable: false,
    });
    const never = server(refused());
    await expect(
      fetchWithRetry(url, { method: "POST" }, { ...quick, fetch: never.fetch, idempotency: false }),
    ).rejects.toMatchObject({ code: "ERR_5002", sent: "not_sent" });
  });

  it("does not wait for a certificate to mend itself", async () => {
    const { fetch, sent } = server(
      new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "CERT_HAS_EXPIRED" }) }),
    );
    await expect(fetchWithRetry(url, {}, { ...quick, fetch })).rejects.toMatchObject({
      reason: "tls_failed",
      retryable: false,
    });
    expect(sent).toHaveLength(1);
  });
});

describe("what is told of a request in doubt", () => {
  it("has the key that was made for it, with which alone it may be repeated", async () => {
    const { fetch, sent } = server(lost());
    const error = await fetchWithRetry(url, { method: "POST" }, { ...quick, fetch }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: "ERR_6006", retryable: false, sent: "unknown" });
    expect(error.details).toEqual({ idempotency_key: sent.map(keyOf)[0] });
    const own = await fetchWithRetry(
      url,
      { method: "POST" },
      { ...quick, fetch, idempotency: "order-7" },
    ).catch((e) => e);
    expect(own).toMatchObject({ code: "ERR_5002", retryable: true, details: null });
  });

  it("takes an empty key for none", async () => {
    const { fetch, sent } = server(lost(), 200);
    const headers = { "Idempotency-Key": "" };
    await fetchWithRetry(url, { method: "POST", headers }, { ...quick, fetch, idempotency: false }).catch(
      () => {},
    );
    expect(sent).toHaveLength(1);
    await fetchWithRetry(url, { method: "POST", headers }, { ...quick, fetch });
    expect(sent.map(keyOf)[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is not sent again after the deadline, however long the last answer took to read", async () => {
    const stalled = answer(429, { "retry-after": "0" }, new ReadableStream({}));
    const { fetch, sent } = server(stalled, 200);
    const config = { ...quick, fetch, idempotency: false, deadline: 60 };
    await expect(fetchWithRetry(url, { method: "POST" }, config)).rejects.toMatchObject({
      code: "ERR_5002",
      reason: "deadline",
      sent: "not_sent",
      attempts: [{ status: 429 }],
    });
    expect(sent).toHaveLength(1);
  });

  it("keeps its attempts when the breaker opens during the wait", async () => {
    const breaker = createCircuitBreaker({ failures: 5 });
    const { fetch, sent } = server(lost());
    const origin = new URL(url).origin;
    const onRetry = (): void => {
      for (let other = 0; other < 5; other += 1) breaker.record(origin, false);
    };
    const config = { ...quick, initialDelay: 20, fetch, breaker, onRetry };
    await expect(fetchWithRetry(url, { method: "POST" }, config)).rejects.toMatchObject({
      code: "ERR_6006",
      reason: "circuit_open",
      sent: "unknown",
      attempts: [{ reason: "connection_lost" }],
    });
    expect(sent).toHaveLength(1);
  });

  it("does not take the failure of the caller's own stream for one of the network", async () => {
    const failing = (): ReadableStream =>
      new ReadableStream({
        pull: (stream) => stream.error(Object.assign(new Error("upstream"), { code: "ECONNREFUSED" })),
      });
    const sent: unknown[] = [];
    const fetch: RetryConfig["fetch"] = async (input, init) => {
      sent.push(input);
      await new Response(init?.body).text();
      return answer(200);
    };
    for (const body of [failing, failing()]) {
      const config = { ...quick, fetch, idempotency: false };
      await expect(fetchWithRetry(url, { method: "POST", body }, config)).rejects.toThrow("upstream");
    }
    expect(sent).toHaveLength(2);
  });
});

describe("bodies", () => {
  const received = async (sent: { input: unknown; init: RequestInit }[]): Promise<Uint8Array[]> =>
    Promise.all(
      sent.map(
        async ({ input, init }) =>
          new Uint8Array(
            await new Request(input as string, { ...init, method: init.method ?? "POST" }).arrayBuffer(),
          ),
      ),
    );

  it.each<[string, () => BodyInit]>([
    ["a text", () => "héllo"],
    ["parameters", () => new URLSearchParams({ a: "1 2" })],
    ["bytes", () => new Uint8Array([0, 255, 1])],
    ["a blob", () => new Blob(["x"], { type: "text/plain" })],
    [
      "a form",
      () => {
        const form = new FormData();
        form.set("file", new Blob(["content"]), "a.txt");
        return form;
      },
    ],
  ])("are sent again byte for byte: %s", async (_, make) => {
    const { fetch, sent } = server(500, 500, 200);
    await fetchWithRetry(url, { method: "POST", body: make() }, { ...quick, fetch });
    const [first, ...others] = await received(sent);
    expect(first?.byteLength).toBeGreaterThan(0);
    for (const other of others) expect(other).toEqual(first);
    const types = sent.map(({ init }) => new Request(url, init).headers.get("content-type"));
    expect(new Set(types).size).toBe(1);
  });

  it("of a Request are sent again too, with its headers and type", async () => {
    const { fetch, sent } = server(500, 200);
    const request = new Request(url, {
      method: "PUT",
      body: '{"a":1}',
      headers: { "content-type": "application/json", x: "1" },
    });
    await fetchWithRetry(request, {}, { ...quick, fetch });
    expect(sent.map(({ init }) => new TextDecoder().decode(init.body as ArrayBuffer))).toEqual([
      '{"a":1}',
      '{"a":1}',
    ]);
    expect(sent.map(({ init }) => new Headers(init.headers).get("x"))).toEqual(["1", "1"]);
    expect(sent.map(({ init }) => new Headers(init.headers).get("content-type"))).toEqual(
      Array(2).fill("application/json"),
    );
  });

  it("of a Request that comes slowly is read once, for whichever attempt is in time", async () => {
    const { fetch, sent } = server(200);
    const slow = new ReadableStream({
      start: (stream) => {
        setTimeout(() => {
          stream.enqueue(new TextEncoder().encode("slow"));
          stream.close();
        }, 50);
      },
    });
    const request = new Request(url, { method: "PUT", body: slow, duplex: "half" } as RequestInit);
    await fetchWithRetry(request, { body: null }, { ...quick, fetch, attemptTimeout: 30 });
    expect((await received(sent)).map((bytes) => new TextDecoder().decode(bytes))).toEqual(["slow"]);
  });

  it("come with their headers at every attempt, also when those could be read once only", async () => {
    const { fetch, sent } = server(503, 200);
    const headers = new Headers({ authorization: "Key 1" }).entries() as unknown as HeadersInit;
    await fetchWithRetry(url, { headers }, { ...quick, fetch });
    expect(sent.map(({ init }) => new Headers(init.headers).get("authorization"))).toEqual([
      "Key 1",
      "Key 1",
    ]);
  });

  it("that are made too late are not sent", async () => {
    const { fetch, sent } = server(200);
    const body = (): Promise<string> => new Promise((resolve) => setTimeout(resolve, 40, "late"));
    const config = { ...quick, fetch, attemptTimeout: 10, maxRetries: 0 };
    await fetchWithRetry(url, { method: "PUT", body }, config).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(sent).toHaveLength(0);
  });

  it("that are a stream are sent once", async () => {
    for (const outcome of [503, lost(), refused()]) {
      const { fetch, sent } = server(outcome, 200);
      const body = new Blob(["x"]).stream();
      await fetchWithRetry(url, { method: "PUT", body }, { ...quick, fetch }).catch(() => {});
      expect(sent).toHaveLength(1);
      expect(sent[0]?.init).toMatchObject({ duplex: "half" });
    }
  });

  it("that a function makes are made anew for each attempt", async () => {
    const { fetch, sent } = server(503, 200);
    const make = vi.fn(async () => new Blob(["fresh"]).stream());
    await fetchWithRetry(url, { method: "PUT", body: make }, { ...quick, fetch });
    expect(make).toHaveBeenCalledTimes(2);
    expect((await received(sent)).map((bytes) => new TextDecoder().decode(bytes))).toEqual([
      "fresh",
      "fresh",
    ]);
  });

  it("that cannot be made end the call with the reason", async () => {
    const { fetch, sent } = server(200);
    const body = (): never => {
      throw new Error("disk");
    };
    await expect(fetchWithRetry(url, { method: "PUT", body }, { ...quick, fetch })).rejects.toThrow("disk");
    expect(sent).toHaveLength(0);
  });

  it("of a discarded answer are read to their end, or given up when they never end", async () => {
    const read = answer(503, {}, "x".repeat(200_000));
    const endless = answer(
      503,
      {},
      new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) }),
    );
    const stalled = answer(503, {}, new ReadableStream({}));
    const { fetch } = server(read, endless, stalled, 200);
    const started = performance.now();
    expect((await fetchWithRetry(url, {}, { ...quick, fetch })).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect([read.bodyUsed, endless.bodyUsed, stalled.bodyUsed]).toEqual([true, true, true]);
  });
});
