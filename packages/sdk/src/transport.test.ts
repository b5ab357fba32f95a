import { isVidopsError } from "@vidops/core/errors";
import { describe, expect, it, vi } from "vitest";
import { createVidops } from "./create-vidops.ts";
import {
  clientOf,
  fakeProject,
  key,
  lost,
  type Route,
  refusal,
  refused,
  url,
  virtualClock,
} from "./testing/fake-project.ts";

const started = { job_id: "j1", status: "processing", credits_used: 4, credits_remaining: 6 };
const order = { modelId: "m1", prompt: "a fox" };
const uuid = /^[\da-f-]{36}$/;
const inTurn =
  (...answers: (() => Response | Error)[]): Route =>
  ({ count }) =>
    (answers[Math.min(count, answers.length) - 1] as () => Response | Error)();
const taken = () => Response.json(started, { status: 202 });
/** The headers arrive, the body does not. */
const cutBody = () =>
  new Response(
    new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode('{"job_id":')),
      pull: (stream) => stream.error(lost()),
    }),
    { status: 202 },
  );

function generating(route: Route, options = {}) {
  const project = fakeProject({ "generate-video": route });
  const { clock, waits } = virtualClock();
  const vidops = clientOf(project, { clock, ...options });
  return {
    project,
    vidops,
    waits,
    keys: () => project.arrived.map(({ headers }) => headers.get("idempotency-key")),
  };
}

describe("an order on a bad network", () => {
  it.each([
    ["the connection breaks", lost],
    ["the answer's body is cut", cutBody],
    ["the gateway is down", () => new Response("<html>", { status: 503 })],
    ["the server is busy", () => refusal(500, "ERR_6005")],
    ["the same order is still under way", () => refusal(409, "ERR_4011", { "retry-after": "1" })],
  ])("is sent again under the same key: %s", async (_, failure) => {
    const { vidops, keys } = generating(inTurn(failure, failure, taken));
    await expect(vidops.videos.generate(order)).resolves.toMatchObject({ jobId: "j1", replayed: false });
    expect(keys()).toHaveLength(3);
    expect(new Set(keys()).size).toBe(1);
    expect(keys()[0]).toMatch(uuid);
  });

  it("has another key each time the app orders", async () => {
    const { vidops, keys } = generating(taken);
    await vidops.videos.generate(order);
    await vidops.videos.generate(order);
    expect(new Set(keys()).size).toBe(2);
  });

  it("that may have arrived ends with its key, and is called not to be repeated without it", async () => {
    const { vidops, keys } = generating(lost);
    const error = await vidops.videos.generate(order).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "ERR_6006",
      reason: "connection_lost",
      retryable: false,
      details: { idempotency_key: keys()[0] },
    });
    expect(keys()).toHaveLength(4);
    expect(isVidopsError(error)).toBe(true);
  });

  it("that has the app's own key may be repeated as it is", async () => {
    const { vidops, keys } = generating(lost);
    const options = { idempotencyKey: "7d3c1a52-94a0-4b6e-8f0e-1d2c3b4a5968", maxRetries: 0 };
    await expect(vidops.videos.generate(order, options)).rejects.toMatchObject({
      code: "ERR_6006",
      retryable: true,
    });
    expect(keys()).toEqual([options.idempotencyKey]);
  });

  it("that nobody can have received has changed nothing", async () => {
    const { vidops } = generating(refused, { language: "tr" });
    await expect(vidops.videos.generate(order)).rejects.toMatchObject({
      code: "ERR_6005",
      retryable: true,
      message: expect.stringContaining("Hiçbir şey değiştirilmedi"),
    });
  });

  it("that a provider refused is not sent again: it would be refused again", async () => {
    const { vidops, keys } = generating(() => refusal(502, "ERR_5002"));
    const error = await vidops.videos.generate(order).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "ERR_5002",
      message: "ERR_5002 in words",
      requestId: "01JD0000000000000000000000",
      details: { idempotency_key: keys()[0], status: 502 },
    });
    expect(keys()).toHaveLength(1);
  });

  it("that is over a limit waits as long as the server asks, or tells how long it would be", async () => {
    const { vidops, waits } = generating(
      inTurn(() => refusal(429, "ERR_4004", { "retry-after": "4" }), taken),
    );
    await vidops.videos.generate(order);
    expect(waits.filter((ms) => ms >= 4_000 && ms <= 5_000)).toHaveLength(1);

    const later = generating(() => refusal(429, "ERR_4004", { "retry-after": "2400" }));
    await expect(later.vidops.videos.generate(order)).rejects.toMatchObject({
      code: "ERR_4004",
      retryable: true,
      details: { retry_after: 2_400 },
    });
    expect(later.project.arrived).toHaveLength(1);
  });
});

describe("a call", () => {
  it("ends at once when it is aborted, with the app's reason, and stops its request", async () => {
    const controller = new AbortController();
    const project = fakeProject({
      "get-user-profile": ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
          controller.abort(new Error("mine"));
        }),
    });
    await expect(clientOf(project).profile.get({ signal: controller.signal })).rejects.toThrow("mine");
    expect(project.arrived).toHaveLength(1);
    expect(project.arrived[0]?.signal?.aborted).toBe(true);
  });

  it("says that it was aborted where the runtime keeps no reason", async () => {
    const controller = new AbortController();
    Object.defineProperty(controller.signal, "reason", { value: undefined });
    const project = fakeProject({
      "get-user-profile": ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
          controller.abort();
        }),
    });
    await expect(clientOf(project).profile.get({ signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("sends nothing when it is aborted before", async () => {
    const project = fakeProject({});
    const options = { signal: AbortSignal.abort(new Error("before")) };
    await expect(clientOf(project).profile.get(options)).rejects.toThrow("before");
    await expect(clientOf(project).credits.balance(options)).rejects.toThrow("before");
    await expect(clientOf(project).videos.list(options)).rejects.toThrow("before");
    expect(project.arrived).toEqual([]);
  });

  it("takes no longer than its timeout, a body that stalls included", async () => {
    const stalled = () => new Response(new ReadableStream(), { status: 200 });
    const { clock } = virtualClock();
    const project = fakeProject({ "get-user-profile": stalled });
    const started = clock.now();
    await expect(clientOf(project, { clock }).profile.get({ timeout: 50_000 })).rejects.toMatchObject({
      code: "ERR_6005",
      reason: "timeout",
      retryable: true,
    });
    expect(clock.now() - started).toBeLessThanOrEqual(50_000);
    expect(project.arrived).toHaveLength(2);
  });

  it("is sent as often as the app says", async () => {
    const { clock } = virtualClock();
    const project = fakeProject({ "get-user-profile": lost });
    await expect(clientOf(project, { clock }).profile.get({ maxRetries: 1 })).rejects.toThrow();
    expect(project.arrived).toHaveLength(2);
  });

  it("takes a page of a portal for no answer", async () => {
    const project = fakeProject({
      "get-user-profile": () => new Response("<html>Sign in to the Wi-Fi</html>"),
    });
    await expect(clientOf(project).profile.get()).rejects.toMatchObject({ code: "ERR_6007" });
  });

  it("follows no redirect: key and token would travel along", async () => {
    const project = fakeProject({});
    const fetch = vi.fn<typeof globalThis.fetch>(
      async () => new Response(null, { status: 302, headers: { location: "https://elsewhere.example" } }),
    );
    await expect(clientOf(project, { fetch }).profile.get()).rejects.toMatchObject({ code: "ERR_6007" });
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(fetch.mock.calls[0]?.[1]).toMatchObject({ redirect: "manual" });
  });

  it("takes an answer of another shape for what it is", async () => {
    const project = fakeProject({ "get-user-profile": () => Response.json({ hello: 1 }) });
    await expect(clientOf(project).profile.get()).rejects.toMatchObject({
      code: "ERR_6007",
      reason: "unexpected_answer",
    });
  });

  it("that needs a user says so before anything is sent", async () => {
    const project = fakeProject({});
    const vidops = createVidops({ url, key, fetch: project.fetch, language: "es" });
    const error = { code: "ERR_4005", reason: "not_signed_in", message: "Inicia sesión para continuar." };
    await expect(vidops.videos.generate(order)).rejects.toMatchObject(error);
    await expect(vidops.credits.balance()).rejects.toMatchObject(error);
    expect(project.arrived).toEqual([]);
  });
});
