import type { RateLimitDecision } from "./decision.ts";
import { type RateLimitHeaderOptions, rateLimitHeaderNames, rateLimitHeaders } from "./headers.ts";

/**
 * Tells a client of its limits on the answer that a handler gave. Such fields of the handler's own are replaced: they would
 * be those of a service that it asked.
 *
 * @param response the handler's answer; the same one is given back where its headers can be changed
 * @param decision what let the request through; one without the store adds nothing
 * @param options which limits may be told
 * @returns the answer with its status, body and other headers. A redirect, an upgrade to a WebSocket, `Response.error()` and an
 *   answer that cannot be sent any more are left whole
 */
export function withLimitHeaders(
  response: Response,
  decision: RateLimitDecision,
  options?: RateLimitHeaderOptions,
): Response {
  const added = Object.entries(rateLimitHeaders(decision, options));
  if (added.length === 0 || response?.headers === undefined || !isPlain(response)) return response;
  try {
    for (const [name, value] of added) response.headers.set(name, value);
    expose(response.headers);
    return response;
  } catch {
    // Headers of an answer that `fetch` gave cannot be changed.
    const headers = new Headers(response.headers);
    for (const [name, value] of added) headers.set(name, value);
    expose(headers);
    const { status, statusText } = response;
    return new Response(response.body, { status, statusText, headers });
  }
}

/** With nothing left, a client may wait before it follows a redirect (section 6 of the draft). */
function isPlain({ status, bodyUsed, body }: Response): boolean {
  return status >= 200 && !(status >= 300 && status < 400) && !bodyUsed && body?.locked !== true;
}

/** A page of another origin reads only what is named; an answer that a handler keeps is named everything once. */
function expose(headers: Headers): void {
  if (!headers.has("access-control-allow-origin")) return;
  const named = (headers.get("access-control-expose-headers") ?? "").toLowerCase().split(/\s*,\s*/);
  const missing = rateLimitHeaderNames.filter((name) => !named.includes(name.toLowerCase()));
  if (missing.length > 0) headers.append("access-control-expose-headers", missing.join(", "));
}
