import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { fetchWithRetry, type RetryConfig } from "./index.ts";
import { answer, quick, server, url, virtualClock } from "./testing/fake-server.ts";

describe("waiting", () => {
  it("doubles up to the cap", async () => {
    const { clock, waits } = virtualClock();
    const { fetch } = server(503);
    await fetchWithRetry(
      url,
      {},
      { fetch, clock, jitter: "none", maxRetries: 5, attemptTimeout: Number.POSITIVE_INFINITY },
    );
    expect(waits.filter((ms) => ms >= 2_000)).toEqual([
      120_000, 2_000, 118_000, 4_000, 114_000, 8_000, 106_000, 16_000, 90_000, 30_000, 60_000,
    ]);
  });

  it("is anything between nothing and the delay, unless told otherwise", async () => {
    const delays = async (config: Partial<RetryConfig>): Promise<number[]> => {
      const seen: number[] = [];
      const { fetch } = server(503, 503, 200);
      const { clock } = virtualClock();
      await fetchWithRetry(
        url,
        {},
        { fetch, clock, onRetry: ({ delay }) => void seen.push(delay), ...config },
      );
      return seen;
    };
    expect(await delays({ random: () => 0 })).toEqual([0, 0]);
    expect(await delays({ random: () => -1 })).toEqual([0, 0]);
    expect(await delays({ random: () => 0.5 })).toEqual([1_000, 2_000]);
    expect(await delays({ jitter: (delay) => delay / 4 })).toEqual([500, 1_000]);
    expect(await delays({ jitter: () => Number.NaN })).toEqual([2_000, 4_000]);
    expect(await delays({ jitter: () => -5 })).toEqual([0, 0]);
    expect(await delays({ jitter: () => 10 ** 12 })).toEqual([30_000, 30_000]);
  });

  it("is never shorter than the server asked, and not much longer", async () => {
    for (const status of [408, 429, 500, 503]) {
      for (const random of [() => 0, () => 0.999]) {
        const { clock } = virtualClock();
        const { fetch } = server(answer(status, { "retry-after": "10" }), 200);
        const onRetry = vi.fn();
        await fetchWithRetry(url, {}, { fetch, clock, random, onRetry });
        const { delay } = onRetry.mock.calls[0]?.[0] ?? {};
        expect(delay).toBeGreaterThanOrEqual(10_000);
        expect(delay).toBeLessThanOrEqual(12_500);
      }
    }
    const { clock } = virtualClock();
    const onRetry = vi.fn();
    const { fetch } = server(answer(503, { "retry-after-ms": "1500" }), 200);
    await fetchWithRetry(url, {}, { fetch, clock, jitter: "none", onRetry });
    expect(onRetry.mock.calls[0]?.[0].delay).toBe(1_500);
  });

  it("ends with the answer when the server asks for more than the cap, or than is left", async () => {
    for (const [seconds, config] of [
      ["31", {}],
      ["10", { deadline: 9_000 }],
    ] as const) {
      const { fetch, sent } = server(answer(503, { "retry-after": seconds }, "later"), 200);
      const response = await fetchWithRetry(url, {}, { fetch, ...config });
      expect([response.status, await response.text(), sent.length]).toEqual([503, "later", 1]);
    }
  });

  it("ends before a wait that would pass the deadline", async () => {
    const { clock } = virtualClock();
    const { fetch, sent } = server(503);
    const response = await fetchWithRetry(
      url,
      {},
      { fetch, clock, jitter: "none", deadline: 7_000, maxRetries: 9 },
    );
    expect([response.status, sent.length]).toEqual([503, 3]);
  });
});

describe("time limits", () => {
  const hanging: RetryConfig["fetch"] = () => new Promise(() => {});

  it("end an attempt whose headers do not come, even when fetch does not listen", async () => {
    const started = performance.now();
    const error = await fetchWithRetry(
      url,
      {},
      { ...quick, fetch: hanging, attemptTimeout: 20, maxRetries: 1 },
    ).catch((e) => e);
    expect(error).toMatchObject({ code: "ERR_5001", reason: "timeout", sent: "unknown" });
    expect(error.attempts).toHaveLength(2);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("bound all attempts together", async () => {
    const started = performance.now();
    await expect(
      fetchWithRetry(
        url,
        {},
        { ...quick, fetch: hanging, deadline: 50, attemptTimeout: 40, maxRetries: 100 },
      ),
    ).rejects.toMatchObject({ reason: "timeout" });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("do not cut off a body that is still coming", async () => {
    const body = new ReadableStream({
      start: (stream) => {
        setTimeout(() => {
          stream.enqueue(new TextEncoder().encode("late"));
          stream.close();
        }, 60);
      },
    });
    const { fetch } = server(answer(200, {}, body));
    const response = await fetchWithRetry(url, {}, { ...quick, fetch, attemptTimeout: 20 });
    expect(await response.text()).toBe("late");
  });

  it("give back the body of an answer that comes too late", async () => {
    const late = answer(200, {}, new ReadableStream({}));
    const fetch = (): Promise<Response> => new Promise((resolve) => setTimeout(resolve, 30, late));
    await fetchWithRetry(url, {}, { ...quick, fetch, attemptTimeout: 10, maxRetries: 0 }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(late.bodyUsed || late.body?.locked === false).toBe(true);
    await expect(late.body?.getReader().read()).resolves.toMatchObject({ done: true });
  });
});

describe("an abort", () => {
  const reason = new Error("the user left");

  it("before the start sends nothing", async () => {
    const { fetch, sent } = server(200);
    await expect(fetchWithRetry(url, { signal: AbortSignal.abort(reason) }, { fetch })).rejects.toBe(reason);
    expect(sent).toHaveLength(0);
  });

  it.each<[string, RetryConfig["fetch"], Partial<RetryConfig>]>([
    ["during an attempt", () => new Promise(() => {}), {}],
    ["during a wait", async () => answer(503), { initialDelay: 10_000, jitter: "none" }],
    ["during a hook", async () => answer(503), { shouldRetry: () => new Promise(() => {}) }],
    [
      "while a stalled body is discarded",
      async () => answer(503, {}, new ReadableStream({})),
      { initialDelay: 0 },
    ],
  ])("%s rejects at once with its reason", async (_, fetch, config) => {
    const caller = new AbortController();
    const call = fetchWithRetry(url, { signal: caller.signal }, { ...quick, fetch, ...config });
    setTimeout(() => caller.abort(reason), 20);
    const started = performance.now();
    await expect(call).rejects.toBe(reason);
    expect(performance.now() - started).toBeLessThan(300);
    expect(getEventListeners(caller.signal, "abort")).toHaveLength(0);
  });

  it("by a hook ends the call", async () => {
    const caller = new AbortController();
    const { fetch, sent } = server(503, 200);
    const config = { ...quick, initialDelay: 5_000, fetch, onRetry: () => caller.abort(reason) };
    await expect(fetchWithRetry(url, { signal: caller.signal }, config)).rejects.toBe(reason);
    expect(sent).toHaveLength(1);
  });

  it("after the headers stops the body", async () => {
    const caller = new AbortController();
    let passed: AbortSignal | null | undefined;
    const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
      passed = init?.signal;
      return answer(200);
    };
    await fetchWithRetry(url, { signal: caller.signal }, { fetch });
    expect(passed?.aborted).toBe(false);
    caller.abort(reason);
    expect(passed?.aborted).toBe(true);
    expect(passed?.reason).toBe(reason);
  });

  it("signal is left with no listener, however many calls used it", async () => {
    const { signal } = new AbortController();
    const { fetch } = server(503, 200);
    for (let call = 0; call < 50; call += 1) await fetchWithRetry(url, { signal }, { ...quick, fetch });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("for a body that is never made ends with the attempt's time, and at once with an abort", async () => {
    const { fetch, sent } = server(200);
    const body = (): Promise<string> => new Promise(() => {});
    const timed = fetchWithRetry(url, { method: "PUT", body }, { fetch, attemptTimeout: 5, maxRetries: 0 });
    await expect(timed).rejects.toMatchObject({ code: "ERR_5001", reason: "timeout" });
    const abort = new AbortController();
    const call = fetchWithRetry(url, { method: "PUT", body, signal: abort.signal }, { fetch });
    abort.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    expect(sent).toHaveLength(0);
  });
});
