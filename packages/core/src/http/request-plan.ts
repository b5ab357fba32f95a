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
  readonly method: string;
  /** Origin and path: a query and a user name may hold secrets, and this is for logs. */
  readonly url: string;
  readonly origin: string;
  readonly signal: AbortSignal | null;
  /** True when doing it twice is the same as doing it once. */
  readonly idempotent: boolean;
  /** True when its body is still there after an attempt. */
  readonly replayable: boolean;
  /** Makes the two arguments of `fetch`, for each attempt. */
  prepare(): Promise<readonly [input: string | URL | Request, init: RequestInit]>;
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
  const init: RequestInit = { ...options };
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
  const href = String(request?.url ?? input);
  const { origin, pathname } = URL.canParse(href) ? new URL(href) : { origin: "", pathname: "" };
  let source: RetryBody | Request | undefined =
    body === undefined && request?.body && maxRetries > 0 ? request : body;
  return {
    method,
    url: origin + pathname,
    origin,
    signal: options.signal ?? request?.signal ?? null,
    idempotent,
    replayable: source === request || !isOneShot(source),
    prepare: async () => {
      if (source instanceof FormData || source instanceof Request) {
        // A form would get another boundary at each attempt, and a Request's body can be read once: both become bytes.
        const encoded = source instanceof Request ? source : new Response(source);
        const headers = new Headers(init.headers ?? ownHeaders);
        const type = encoded.headers.get(TYPE);
        if (type !== null && !headers.has(TYPE)) headers.set(TYPE, type);
        init.headers = headers;
        source = await encoded.arrayBuffer();
      }
      const sent = typeof source === "function" ? await source() : source;
      if (sent === undefined) return [input, init];
      return [input, { ...init, body: sent, ...(isOneShot(sent) && { duplex: "half" }) }];
    },
  };
}

/** A stream, or on Node any async iterable: what was read of it is gone. */
function isOneShot(body: unknown): boolean {
  return (
    body instanceof ReadableStream ||
    (typeof body === "object" && body !== null && Symbol.asyncIterator in body)
  );
}
