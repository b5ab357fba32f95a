import { inspect } from "node:util";
import type { ProviderError } from "@vidops/core/providers";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { Recorded } from "./recorded-provider.ts";

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** Somebody else's server: what is not played is a failure of the test. */
export interface Peer {
  readonly arrived: Arrived[];
  /** Plays recorded answers, each as often as it is asked for. */
  play(scene: readonly Recorded[]): void;
  /** Answers one address by hand. */
  answer(
    method: Recorded["method"],
    url: string,
    respond: (nth: number) => Response | Promise<Response>,
  ): void;
}

/** @returns the peer of all tests of this file */
export function usePeer(): Peer {
  const server = setupServer();
  const arrived: Arrived[] = [];
  beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
  beforeEach(() => void arrived.splice(0));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  const answer: Peer["answer"] = (method, url, respond) => {
    let nth = 0;
    const verb = method.toLowerCase() as "get" | "post" | "put" | "delete";
    server.use(
      http[verb](url, async ({ request }) => {
        nth += 1;
        const { headers } = request;
        arrived.push({ method, url: request.url, headers, body: await request.clone().text() });
        return await respond(nth);
      }),
    );
  };
  return {
    arrived,
    answer,
    play: (scene) => {
      for (const { method, url, status, body, headers } of scene) {
        const text = body === undefined ? null : JSON.stringify(body);
        const type: Record<string, string> = text === null ? {} : { "content-type": "application/json" };
        answer(method, url, () => new HttpResponse(text, { status, headers: { ...type, ...headers } }));
      }
    },
  };
}

/**
 * What a call rejected with; holds every error against what no error may show.
 *
 * @param call that is to reject
 * @param secrets that must stand nowhere in it
 */
export async function errorOf(call: Promise<unknown>, secrets: readonly string[]): Promise<ProviderError> {
  const error = await call.then(
    (value) => expect.fail(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  expectNoSecrets(error, secrets);
  return error as ProviderError;
}

/** Looks into everything that a log or a debugger would show. */
export function expectNoSecrets(value: unknown, secrets: readonly string[]): void {
  const shown = inspect(value, { depth: 20, showHidden: true, maxStringLength: null });
  for (const secret of secrets) expect(shown).not.toContain(secret);
}
