import { defaultRetryConfig, fetchWithRetry } from "@vidops/core/http";
import { ExponentialBackoff, handleAll, retry } from "cockatiel";
import { withRetry } from "fetch-extras";
import ky from "ky";
import { createFetch } from "ofetch";
import pRetry from "p-retry";
import { Dispatcher, RetryAgent, request } from "undici";

/** What a server does with one request: answers, or breaks. */
export type Outcome =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: BodyInit }
  | Error
  | "never answers";

/** One request as the server saw it. */
export interface Sent {
  /** In ms of virtual time. */
  readonly at: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What a call is made of; the same for all libraries. */
export interface Call {
  /** Where to, for the one library that looks before it asks what stands in for the network. */
  readonly to?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | ReadableStream;
  readonly signal?: AbortSignal;
}

/** Answers the nth request, 1 for the first. */
export type Server = (number: number) => Outcome;

/** The columns of the table, each as its README shows it, with its defaults. */
export const names = [
  "fetchWithRetry",
  "ky",
  "ofetch",
  "p-retry",
  "fetch-extras",
  "RetryAgent",
  "cockatiel",
] as const;
export type Name = (typeof names)[number];

export const url = "https://api.example.com/videos";

async function bodyOf(input: unknown, init: RequestInit): Promise<string> {
  try {
    return input instanceof Request ? await input.text() : await new Response(init.body).text();
  } catch {
    return "(broken)";
  }
}

/** A `fetch` that answers as the server does, and writes down what it was sent. */
export function fetchOf(server: Server, sent: Sent[], now: () => number): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const signal = init.signal ?? (input instanceof Request ? input.signal : null);
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    const at = now();
    const number = sent.push({ at, headers, body: await bodyOf(input, init) });
    const outcome = server(number);
    if (outcome instanceof Error) throw outcome;
    if (outcome !== "never answers") return new Response(outcome.body ?? null, outcome);
    return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
  };
}

/** The same for undici: what an Agent would do, without a network. */
class ScriptedAgent extends Dispatcher {
  readonly #answer: (options: Dispatcher.DispatchOptions) => Promise<Outcome>;

  constructor(answer: (options: Dispatcher.DispatchOptions) => Promise<Outcome>) {
    super();
    this.#answer = answer;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Parameters<Dispatcher["dispatch"]>[1],
  ): boolean {
    const controller = {
      aborted: false,
      paused: false,
      reason: null as Error | null,
      rawHeaders: null,
      rawTrailers: null,
      pause: () => {},
      resume: () => {},
      abort(reason: Error) {
        controller.aborted = true;
        controller.reason = reason;
        handler.onResponseError?.(controller, reason);
      },
    };
    handler.onRequestStart?.(controller, {});
    void this.#answer(options).then((outcome) => {
      if (controller.aborted || outcome === "never answers") return;
      if (outcome instanceof Error) return handler.onResponseError?.(controller, outcome);
      try {
        handler.onResponseStart?.(controller, outcome.status, outcome.headers ?? {}, "");
        handler.onResponseEnd?.(controller, {});
      } catch (error) {
        // As undici's connections do with what a handler throws.
        handler.onResponseError?.(controller, error as Error);
      }
    });
    return true;
  }
}

function retryAgent(server: Server, sent: Sent[], now: () => number): (call: Call) => Promise<number> {
  return async ({ method = "GET", to = url, ...call }) => {
    const agent = new ScriptedAgent(async ({ headers, body }) => {
      const at = now();
      // What comes is what Dispatcher says it takes; a stream is read as undici reads it.
      const text = await bodyOf(url, { body: body as unknown as BodyInit });
      const number = sent.push({ at, headers: new Headers(headers as Record<string, string>), body: text });
      return server(number);
    });
    const { statusCode } = await request(to, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: new RetryAgent(agent),
      headers: call.headers ?? {},
      body: (call.body ?? null) as string | null,
      signal: call.signal ?? null,
    });
    return statusCode;
  };
}

const status = ({ status: code }: { status: number }): number => code;

/**
 * Makes the way a library sends: defaults only, unless they retry nothing of what is asked.
 *
 * @returns sends, and gives the final status
 */
export function sender(
  name: Name,
  server: Server,
  sent: Sent[],
  now: () => number,
): (call: Call) => Promise<number> {
  const fetch = fetchOf(server, sent, now);
  const init = (call: Call): RequestInit => call as RequestInit;
  // Virtual time begins now, so that dates in headers mean what they say; the timers are the global ones, as for all.
  const start = Date.now();
  const clock = { ...defaultRetryConfig.clock, now: () => start + now() };
  switch (name) {
    case "fetchWithRetry":
      return (call) =>
        fetchWithRetry(url, init(call), { fetch, random: () => Math.random(), clock }).then(status);
    case "ky":
      return (call) => ky(url, { ...init(call), fetch, throwHttpErrors: true }).then(status);
    case "ofetch":
      return (call) =>
        createFetch({ fetch })
          .raw(url, call as object)
          .then(status);
    case "p-retry":
      return (call) =>
        pRetry(() => fetch(url, init(call)), call.signal ? { signal: call.signal } : {}).then(status);
    case "fetch-extras":
      return (call) => withRetry()(fetch)(url, init(call)).then(status);
    case "RetryAgent":
      return retryAgent(server, sent, now);
    case "cockatiel": {
      const policy = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
      return (call) => policy.execute(() => fetch(url, init(call)), call.signal).then(status);
    }
  }
}
