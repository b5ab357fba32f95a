import type { RetryConfig } from "./retry-config.ts";

/** A body, or what makes one anew for each attempt. */
export type RetryBody = BodyInit | null | (() => BodyInit | Promise<BodyInit>);

/** The options of `fetch`, with a body that may be made anew; on Node, `dispatcher` of undici is passed on. */
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
  /** True when its body is still there after an attempt. */
  readonly replayable: boolean;
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
  const init: RequestInit & { duplex?: "half" } = { ...options };
  const method = (options.method ?? request?.method ?? "GET").toUpperCase();
  // fetch writes the other common methods in capitals itself, but sends "patch", which servers refuse.
  if (method === "PATCH") init.method = method;
  const ownHeaders = options.headers ?? request?.headers;
  let idempotent = /^(?:GET|HEAD|OPTIONS|TRACE|PUT|DELETE|QUERY)$/.test(method);
  if (!idempotent) {
    const headers = new Headers(ownHeaders);
    if (!headers.has(KEY) && idempotency !== false && /^P(?:OST|ATCH)$/.test(method)) {
      headers.set(KEY, idempotency === true ? crypto.randomUUID() : idempotency);
      init.headers = headers;
    }
    idempotent = headers.has(KEY);
  }
  const source = body === undefined && request?.body && maxRetries > 0 ? request : body;
  // Only a stream needs it, and nothing minds it.
  init.duplex = "half";
  if (source !== undefined && typeof source !== "function") init.body = source as BodyInit;
  return {
    input,
    method,
    signal: options.signal ?? request?.signal ?? null,
    idempotent,
    replayable: source === request || !isOneShot(source),
    prepare: () => {
      if (typeof source === "function") return fromFactory(init, source);
      return init.body instanceof FormData || init.body instanceof Request
        ? encode(init, init.body, ownHeaders)
        : init;
    },
  };
}

async function fromFactory(
  init: RequestInit,
  make: () => BodyInit | Promise<BodyInit>,
): Promise<RequestInit> {
  return { ...init, body: await make() };
}

/** A form would get another boundary at each attempt, and a Request's body can be read once: both become bytes, once. */
async function encode(
  init: RequestInit,
  body: FormData | Request,
  ownHeaders: HeadersInit | undefined,
): Promise<RequestInit> {
  const encoded = body instanceof Request ? body : new Response(body);
  const headers = new Headers(init.headers ?? ownHeaders);
  const type = encoded.headers.get(TYPE);
  if (type !== null && !headers.has(TYPE)) headers.set(TYPE, type);
  init.headers = headers;
  init.body = await encoded.arrayBuffer();
  return init;
}

/** A stream, or on Node any async iterable: what was read of it is gone. */
function isOneShot(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === "object" && body !== null && Symbol.asyncIterator in body)
  );
}

/** Origin and path of what is asked for: a query and a user name may hold secrets, and this is for logs. */
export function locationOf({ input }: RequestPlan): { origin: string; url: string } {
  const href = input instanceof Request ? input.url : String(input);
  const { origin = "", pathname = "" } = URL.canParse(href) ? new URL(href) : {};
  return { origin, url: origin + pathname };
}
