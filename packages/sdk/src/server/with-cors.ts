/** Which pages of other origins may call a handler. */
export interface CorsPolicy {
  /** `"*"`, or the origins that may, e.g. `["https://admin.example.com"]`. */
  readonly origin: "*" | readonly string[];
  /** The methods that the handler answers, without OPTIONS. */
  readonly methods: readonly string[];
  /** Request headers that a page may send. Default: none but those that need no leave. */
  readonly requestHeaders?: readonly string[] | undefined;
  /** Headers of the answer that a page may read. Default: none but those that need no leave. */
  readonly exposedHeaders?: readonly string[] | undefined;
}

/** How long a browser may keep the answer to a preflight, in seconds: what Chromium keeps at most. */
const preflightSeconds = 7_200;

/**
 * Wraps a handler so that pages of other origins may call it: answers OPTIONS, and adds the CORS headers to every other
 * answer, errors included. A token in `Authorization` is sent by a page's own code, never by the browser, so any origin
 * (`"*"`) opens nobody's session.
 *
 * @param handler answers all other methods
 * @param policy origins, methods, headers; null answers OPTIONS without leave for anybody
 * @returns a handler
 * @example
 * ```ts
 * Deno.serve(withCors(withErrors(handler), { origin: "*", methods: ["POST"], requestHeaders: ["authorization", "content-type"] }));
 * ```
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function withCors(
  handler: (request: Request) => Promise<Response>,
  policy: CorsPolicy,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const response =
      request.method === "OPTIONS"
        ? new Response(null, { status: 204, headers: { allow: [...policy.methods, "OPTIONS"].join(", ") } })
        : await handler(request);
    // Anew: the headers of a response that came from elsewhere cannot be changed.
    const answer = new Response(response.body, response);
    for (const [name, value] of corsHeaders(request, policy)) {
      if (addedTo.has(name)) answer.headers.append(name, value);
      else answer.headers.set(name, value);
    }
    return answer;
  };
}

/** What is said in these holds as well as what the handler said. */
const addedTo: ReadonlySet<string> = new Set(["vary", "access-control-expose-headers"]);

function corsHeaders(request: Request, policy: CorsPolicy): readonly (readonly [string, string])[] {
  const { origin, methods, requestHeaders = [], exposedHeaders = [] } = policy;
  const asking = request.headers.get("origin");
  const allowed = origin === "*" ? "*" : origin.find((candidate) => candidate === asking);
  const vary: readonly (readonly [string, string])[] = origin === "*" ? [] : [["vary", "Origin"]];
  if (allowed === undefined) return vary;
  const preflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  const said: readonly (readonly [string, string])[] = preflight
    ? [
        ["access-control-allow-methods", methods.join(", ")],
        ["access-control-allow-headers", requestHeaders.join(", ")],
        ["access-control-max-age", String(preflightSeconds)],
      ]
    : [["access-control-expose-headers", exposedHeaders.join(", ")]];
  return [...vary, ["access-control-allow-origin", allowed], ...said.filter(([, value]) => value !== "")];
}
