import { describe, expect, it, vi } from "vitest";
import { defineErrors } from "../error-definitions/index.ts";
import { VidopsError } from "../errors/index.ts";
import { createRateLimiter, type LimitedHandlerOptions } from "./index.ts";
import { allowing, requestFrom, scriptedStore } from "./testing/scripted-store.ts";

const reserving = {
  action: "video_generation",
  maxRequests: 10,
  windowMinutes: 60,
  trust: "cloudflare",
  reserve: true,
} as const;
const status = (code: number) => () => new Response(null, { status: code });
const throwing = (thrown: unknown) => () => {
  throw thrown;
};
const vidopsError = (code: string): VidopsError => new VidopsError({ code, reason: "x", message: "x" });

/** Runs a handler whose slot was reserved; tells what became of the slot. */
async function run(
  handler: () => Response,
  more: Partial<LimitedHandlerOptions<[]>> = {},
  request = requestFrom("203.0.113.7"),
) {
  const store = scriptedStore({ ...allowing(), reservation: "r-1" });
  const release = vi.spyOn(store, "release");
  const commit = vi.spyOn(store, "commit");
  const log = vi.fn();
  const limiter = createRateLimiter({ store, log });
  const options = { ...reserving, ...more } as LimitedHandlerOptions<[]>;
  const outcome = await limiter
    .withRateLimit<[]>(
      handler,
      options,
    )(request)
    .then(
      (response) => response?.status,
      (thrown: unknown) => thrown,
    );
  expect(store.asked[0]?.reserve).toBe(options.reserve);
  return {
    outcome,
    released: release.mock.calls.map(([id]) => id),
    committed: commit.mock.calls.length,
    release,
    log,
  };
}

describe("a reserved slot", () => {
  it.each<[string, () => Response]>([
    ["an answer of 500", status(500)],
    ["an answer of 503", status(503)],
    ["an error of the handler", throwing(new Error("boom"))],
    ["what is no error", throwing(undefined)],
    ["a provider that is down", throwing(vidopsError("ERR_5002"))],
    ["a code that nobody knows", throwing(vidopsError("APP_1"))],
    ["no answer at all", () => undefined as never],
    ["Response.error()", () => Response.error()],
    ["a thrown answer of 502", throwing(new Response(null, { status: 502 }))],
  ])("is given back, once, after %s", async (_, handler) => {
    expect(await run(handler)).toMatchObject({ released: ["r-1"], committed: 0 });
  });

  it.each<[string, () => Response]>([
    ["an answer of 200", status(200)],
    ["an answer of 404", status(404)],
    ["an answer of 499", status(499)],
    ["a redirect", () => Response.redirect("https://app.example/")],
    ["bad input that was thrown", throwing(vidopsError("ERR_4003"))],
    ["a user without credits", throwing(vidopsError("ERR_4001"))],
    ["a thrown answer of 403", throwing(new Response(null, { status: 403 }))],
  ])("is kept after %s, and that takes no request", async (_, handler) => {
    expect(await run(handler)).toMatchObject({ released: [], committed: 0 });
  });

  it.each<[string, () => Response]>([
    ["the handler throws", throwing(new DOMException("aborted", "AbortError"))],
    ["it answers with 500", status(500)],
  ])("is kept when the client went away and %s, for its work may go on elsewhere", async (_, end) => {
    const client = new AbortController();
    const request = requestFrom("203.0.113.7", { signal: client.signal });
    const handler = (): Response => {
      client.abort();
      return end();
    };
    expect((await run(handler, {}, request)).released).toEqual([]);
  });

  it("is given back by what the app says of its answers", async () => {
    const giveBack = (response: Response): boolean => response.status === 409;
    expect((await run(status(409), { giveBack })).released).toEqual(["r-1"]);
    expect((await run(status(500), { giveBack })).released).toEqual([]);
    expect((await run(throwing(new Response(null, { status: 409 })), { giveBack })).released).toEqual([
      "r-1",
    ]);
  });

  it("is given back by the status of the app's own codes", async () => {
    const row = { name: "studio_full", retryable: false, variables: {}, meaning: "Full.", action: "Wait." };
    const message = { en: "Full.", tr: "Dolu.", es: "Lleno." };
    const errors = defineErrors({
      codes: { APP_1: { ...row, status: 409 } },
      messages: Object.fromEntries(
        Object.entries(message).map(([language, text]) => [language, { APP_1: text }]),
      ),
    } as never) as never;
    expect((await run(throwing(vidopsError("APP_1")), { errors })).released).toEqual([]);
  });

  it("does not change the answer when it cannot be given back, and the log is told", async () => {
    const down = new Error("down");
    const store = scriptedStore({ ...allowing(), reservation: "r-1" });
    vi.spyOn(store, "release").mockRejectedValue(down);
    const log = vi.fn();
    const answer = createRateLimiter({ store, log }).withRateLimit<[]>(status(500), reserving);
    expect((await answer(requestFrom("203.0.113.7"))).status).toBe(500);
    const boom = new Error("boom");
    const throwingOne = createRateLimiter({ store, log }).withRateLimit<[]>(throwing(boom), reserving);
    await expect(throwingOne(requestFrom("203.0.113.7"))).rejects.toBe(boom);
    expect(log.mock.calls).toEqual(
      [1, 2].map(() => [
        "rate_limit_release_failed",
        expect.objectContaining({
          reservation: "r-1",
          error: expect.objectContaining({ code: "ERR_6008", cause: down }),
        }),
        "warn",
      ]),
    );
  });

  it("that cannot be given back fails nothing in the runtime that was handed the work", async () => {
    const store = scriptedStore({ ...allowing(), reservation: "r-1" });
    vi.spyOn(store, "release").mockRejectedValue(new Error("down"));
    const log = vi.fn();
    const kept: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>): void => void kept.push(work);
    const limiter = createRateLimiter({ store, log });
    await limiter.withRateLimit<[]>(status(500), { ...reserving, waitUntil })(requestFrom("203.0.113.7"));
    await expect(Promise.all(kept)).resolves.toHaveLength(1);
    expect(log).toHaveBeenCalledExactlyOnceWith("rate_limit_release_failed", expect.anything(), "warn");
  });

  it("is waited for no longer than the endpoint lets the store take", async () => {
    const store = scriptedStore({ ...allowing(), reservation: "r-1" });
    vi.spyOn(store, "release").mockReturnValue(new Promise(() => {}));
    const log = vi.fn();
    const limiter = createRateLimiter({ store, log, timeoutMs: 60_000 });
    const answer = limiter.withRateLimit<[]>(status(500), { ...reserving, timeoutMs: 20 });
    expect((await answer(requestFrom("203.0.113.7"))).status).toBe(500);
    expect(log.mock.calls[0]?.[1].error).toMatchObject({ code: "ERR_6008", reason: "store_timeout" });
    await expect(limiter.release("r-1", { timeoutMs: 20 })).rejects.toMatchObject({
      reason: "store_timeout",
    });
  });

  it("does not change the answer when the app's own functions fail", async () => {
    const failing = throwing(new Error("no"));
    for (const more of [{ giveBack: failing }, { waitUntil: failing }] as const) {
      const { outcome, log } = await run(status(500), more as never);
      expect(outcome).toBe(500);
      expect(log).toHaveBeenCalledExactlyOnceWith("rate_limit_release_failed", expect.anything(), "warn");
    }
  });

  it("is waited for, or handed to the runtime so that the answer need not wait", async () => {
    const { promise, resolve } = Promise.withResolvers<{ changed: boolean }>();
    const store = scriptedStore({ ...allowing(), reservation: "r-1" });
    vi.spyOn(store, "release").mockReturnValue(promise);
    const limiter = createRateLimiter({ store });
    const kept: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>): void => void kept.push(work);
    const handed = limiter.withRateLimit<[]>(status(500), { ...reserving, waitUntil });
    expect((await handed(requestFrom("203.0.113.7"))).status).toBe(500);
    expect(kept).toHaveLength(1);

    const settled = vi.fn();
    const waiting = limiter
      .withRateLimit<[]>(
        status(500),
        reserving,
      )(requestFrom("203.0.113.7"))
      .then(settled);
    await new Promise((done) => setTimeout(done, 5));
    expect(settled).not.toHaveBeenCalled();
    resolve({ changed: true });
    await waiting;
    expect(settled).toHaveBeenCalledTimes(1);
  });
});

it("without a reservation nothing is given back", async () => {
  const store = scriptedStore(allowing());
  const release = vi.spyOn(store, "release");
  const limiter = createRateLimiter({ store });
  await limiter.withRateLimit<[]>(status(500), { ...reserving, reserve: false })(requestFrom("203.0.113.7"));
  expect(release).not.toHaveBeenCalled();
});
