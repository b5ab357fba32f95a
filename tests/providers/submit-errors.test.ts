import type { ProviderHttp } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import { everyProvider, partyOf } from "./contract.ts";
import { errorOf, usePeer } from "./peer.ts";
import type { RecordedProvider } from "./recorded-provider.ts";

const peer = usePeer();

afterEach(() => void vi.useRealTimers());

describe.each(everyProvider)("an error of a submit to $name", (recorded: RecordedProvider) => {
  const { request, submitUrl, key } = recorded;
  const { make } = partyOf(recorded, peer);

  it("repeats nothing of what was asked for, wherever the provider or the runtime puts it", async () => {
    const asked = {
      ...request,
      prompt: 'my "first"\nholiday',
      settings: {
        ...request.settings,
        style: "like grandma's garden",
        shots: [{ says: "happy birthday, Ada" }],
      },
    };
    const secrets = [key, "first", "holiday", "grandma", "garden", "birthday", "bride"];
    const said = `${asked.prompt} ${asked.settings.style} ${asked.imageUrl} ${asked.settings.shots[0]?.says}`;
    for (const answer of [
      () => HttpResponse.json({ detail: [{ msg: said, type: "odd" }] }, { status: 422 }),
      () => HttpResponse.html(`<p>${said}</p>`, { status: 500 }),
      () => HttpResponse.text(`{"message":"bad","what":${JSON.stringify(said)}`),
    ]) {
      peer.answer("POST", submitUrl, answer);
      const error = await errorOf(make().submit(asked), secrets);
      expect(error.details?.body).toContain("[not shown]");
    }
    const fetch = (): Promise<Response> =>
      Promise.reject(new TypeError("x".repeat(490) + said, { cause: new Error(`cannot send ${said}`) }));
    await errorOf(make({ fetch }).submit(asked), [...secrets, 'my "fir']);
  });

  it("says for the look-up when it was begun, not when it was given up", async () => {
    if (!make().capabilities.lookUp) return;
    let now = Date.parse("2026-11-25T09:00:00.000Z");
    const clock = {
      now: () => now,
      setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms),
      clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
    };
    for (const end of [
      () => Response.json({}, { status: 500 }),
      () => Response.json({ hello: "world" }),
      () => Promise.reject(new Error("odd")),
    ]) {
      const from = new Date(now).toISOString();
      const fetch = async (): Promise<Response> => {
        now += 1_900;
        return await end();
      };
      const error = await errorOf(make({ fetch, clock }).submit(request), [key]);
      expect(error.details?.lookup).toEqual({ from, to: new Date(now).toISOString() });
    }
  });

  it("comes within a minute by default, however long the provider lets it wait", async () => {
    vi.useFakeTimers();
    const http: ProviderHttp = {
      clock: {
        now: () => Date.now(),
        setTimeout: (callback, ms) => setTimeout(callback, ms),
        clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
      },
      // Each answer comes in time, and asks for a wait that is short enough: only all of it together is too long.
      fetch: () =>
        new Promise((resolve) => {
          const headers = { "retry-after": "10" };
          setTimeout(() => resolve(new Response("busy", { status: 429, headers })), 25_000);
        }),
    };
    const started = Date.now();
    let took = Number.NaN;
    const failing = errorOf(recorded.create(http).submit(request), [key]).finally(() => {
      took = Date.now() - started;
    });
    await vi.advanceTimersByTimeAsync(600_000);
    await failing;
    expect(took).toBeLessThanOrEqual(60_000);
  });
});
