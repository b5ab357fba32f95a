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
  // A copy already, and ours to write in.
  const init = options as RequestInit & { duplex?: "half" };
  // Only a stream needs it, and nothing minds it.
  init.duplex = "half";
  const method = (init.method ?? request?.method ?? "GET").toUpperCase();
  // fetch writes the other common methods in capitals itself, but sends "patch", which servers refuse.
  if (method === "PATCH") init.method = method;
  let headers = init.headers ?? request?.headers;
  let idempotent = /^(?:GET|HEAD|OPTIONS|TRACE|PUT|DELETE|QUERY)$/.test(method);
  if (!idempotent) {
    const keyed = new Headers(headers);
    init.headers = headers = keyed;
    idempotent = keyed.has(KEY);
    if (!idempotent && idempotency !== false && /^P(?:OST|ATCH)$/.test(method)) {
      keyed.set(KEY, idempotency === true ? crypto.randomUUID() : idempotency);
      idempotent = true;
    }
  }
  let source = body === undefined && request?.body && maxRetries > 0 ? request : body;
  const replayable = source === request || !isOneShot(source);
  const make = async (): Promise<RequestInit> => {
    if (typeof source === "function") return { ...init, body: await source() };
    // A form would get another boundary at each attempt, and a Request's body can be read once: both become bytes, once.
    const encoded = source instanceof Request ? source : new Response(source as BodyInit);
    const filled = new Headers(headers);
    const type = encoded.headers.get(TYPE);
    if (type && !filled.has(TYPE)) filled.set(TYPE, type);
    init.headers = filled;
    source = init.body = await encoded.arrayBuffer();
    return init;
  };
  if (source !== undefined) init.body = source as BodyInit;
  return {
    input,
    method,
    signal: init.signal ?? request?.signal ?? null,
    idempotent,
    replayable,
    prepare: () =>
      typeof source === "function" || source instanceof FormData || source instanceof Request ? make() : init,
  };
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
  const { origin = "", pathname = "" } = URL.parse(input instanceof Request ? input.url : input) ?? {};
  return { origin, url: origin + pathname };
}
