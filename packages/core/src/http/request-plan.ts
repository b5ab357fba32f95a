import type { RetryConfig } from "./retry-config.ts";

/** A body, or what makes one anew for each attempt. */
export type RetryBody = BodyInit | null | (() => BodyInit | Promise<BodyInit>);

/**
 * The options of `fetch`, with a body that may be made anew. On Node, a `dispatcher` (pooling, a proxy) is passed on: it has to
 * be of the undici that `fetch` is of, so give `config.fetch` the `fetch` of the same package.
 */
export interface RetryRequestInit extends Omit<RequestInit, "body"> {
  readonly body?: RetryBody | undefined;
  readonly dispatcher?: unknown;
}

/** A request, ready to be sent any number of times. */
export interface RequestPlan {
  readonly input: string | URL | Request;
  readonly method: string;
  readonly signal: AbortSignal | null;
  /** True when doing it twice is the same as doing it once. */
  readonly idempotent: boolean;
  /** The key that was made for this call: a new call would get another. Null when there is none, or it is the caller's. */
  readonly ownKey: string | null;
  /** True when its body is still there after an attempt. */
  readonly replayable: boolean;
  /** True when the caller's own stream broke: that is no failure of the network, whatever it says. */
  hasBodyFailed(): boolean;
  /** What to hand to `fetch`, for each attempt. */
  prepare(): RequestInit | Promise<RequestInit>;
}

const KEY = "Idempotency-Key";
const TYPE = "Content-Type";

/**
 * Works out what is sent, and whether it may be sent again.
 *
 * @param input URL or Request
 * @param options of `fetch`
 * @param config whether a key is added
 * @see RFC 9110 section 9.2.2 (idempotent methods), draft-ietf-httpapi-idempotency-key-header
 */
export function planRequest(
  input: string | URL | Request,
  { body, ...options }: RetryRequestInit,
  { idempotency, maxRetries }: Pick<RetryConfig, "idempotency" | "maxRetries">,
): RequestPlan {
  const request = input instanceof Request ? input : null;
  // A copy already, and ours to write in.
  const init = options as RequestInit & { duplex?: "half" };
  // Only a stream needs it, and nothing minds it.
  init.duplex = "half";
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  // fetch writes the other common methods in capitals itself, but sends "patch", which servers refuse.
  if (method === "PATCH") init.method = method;
  let headers = init.headers ?? request?.headers;
  // An iterator would be empty at the second attempt.
  if (headers && Symbol.iterator in headers) init.headers = headers = new Headers(headers);
  let ownKey: string | null = null;
  let idempotent = /^(?:GET|HEAD|OPTIONS|TRACE|PUT|DELETE|QUERY)$/.test(method);
  if (!idempotent) {
    // Looked for by hand in a plain object, which is what nearly all give: making Headers of it takes longer than all else.
    const plain = !headers || Object.getPrototypeOf(headers) === Object.prototype;
    const named = (plain ? Object.entries(headers ?? {}) : [...new Headers(headers)]) as [string, string][];
    // An empty one protects nothing.
    idempotent = named.some(([name, value]) => /^idempotency-key$/i.test(name) && value);
    if (!idempotent && idempotency !== false && /^P(?:OST|ATCH)$/.test(method)) {
      if (idempotency === true) ownKey = crypto.randomUUID();
      const others = named.filter(([name]) => !/^idempotency-key$/i.test(name));
      init.headers = headers = Object.fromEntries([...others, [KEY, ownKey ?? String(idempotency)]]);
      idempotent = true;
    }
  }
  // To fetch, null is as good as nothing beside a Request.
  const source = body == null && request?.body && maxRetries > 0 ? request : body;
  return {
    input,
    method,
    signal: init.signal ?? request?.signal ?? null,
    idempotent,
    ownKey,
    ...(source === undefined ? { ...plainBody, prepare: () => init } : planBody(source, init, headers)),
  };
}

/** What of a plan follows from a body that is a text, or none. */
export const plainBody: Pick<RequestPlan, "replayable" | "hasBodyFailed"> = {
  replayable: true,
  hasBodyFailed: () => false,
};

/** What of the plan follows from the body. */
function planBody(
  source: RetryBody | Request,
  init: RequestInit,
  headers: HeadersInit | undefined,
): Pick<RequestPlan, "replayable" | "hasBodyFailed" | "prepare"> {
  let bodyFailed = false;
  /** A stream that tells when it fails by itself: its error may look like one of the network, and is none. */
  const watched = <T>(made: T): T | ReadableStream => {
    if (!isStream(made)) return made;
    const reader = made.getReader();
    return new ReadableStream({
      pull: async (stream) => {
        const { done, value } = await reader.read().catch((error: unknown) => {
          bodyFailed = true;
          throw error;
        });
        if (done) stream.close();
        else stream.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
  };
  const fromFactory = async (make: () => BodyInit | Promise<BodyInit>): Promise<RequestInit> => ({
    ...init,
    body: watched(await make()),
  });
  let encoding: Promise<RequestInit> | null = null;
  /** A form would get another boundary at each attempt, and a Request's body can be read once: both become bytes, once. */
  const encode = async (made: Request | Response): Promise<RequestInit> => {
    const filled = new Headers(headers);
    const type = made.headers.get(TYPE);
    if (type && !filled.has(TYPE)) filled.set(TYPE, type);
    return { ...init, headers: filled, body: await made.arrayBuffer() };
  };
  init.body = watched(source) as BodyInit;
  return {
    replayable: source instanceof Request || !isOneShot(source),
    hasBodyFailed: () => bodyFailed,
    prepare: () => {
      if (typeof source === "function") return fromFactory(source);
      if (!(source instanceof FormData || source instanceof Request)) return init;
      encoding ??= encode(source instanceof Request ? source : new Response(source));
      return encoding;
    },
  };
}

/** React Native knows no streams. */
function isStream(body: unknown): body is ReadableStream {
  return typeof ReadableStream !== "undefined" && body instanceof ReadableStream;
}

/** A stream, or on Node any async iterable: what was read of it is gone. */
function isOneShot(body: unknown): boolean {
  return isStream(body) || (typeof body === "object" && body !== null && Symbol.asyncIterator in body);
}

/** Origin and path of what is asked for: a query and a user name may hold secrets, and this is for logs. */
export function locationOf({ input }: RequestPlan): { origin: string; url: string } {
  const { origin = "", pathname = "" } =
    URL.parse?.(input instanceof Request ? input.url : input, globalThis.location?.href) ?? {};
  return { origin, url: origin + pathname };
}
