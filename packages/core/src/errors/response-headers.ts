/** Which pages of other origins may read the answer. */
export interface CorsOptions {
  /** `"*"`, or the origins that may, e.g. `["https://app.example.com"]`. */
  readonly origin: "*" | string | readonly string[];
  /** True to let the browser send cookies; needs named origins. */
  readonly credentials?: boolean | undefined;
}

/** What the headers of an error's answer depend on. */
export interface ResponseFacts {
  readonly contentType: string;
  readonly language: string;
  readonly status: number;
  /** Seconds, or null. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;
  /** True when the client's Accept decided the format. */
  readonly variesByAccept: boolean;
  readonly cors: CorsOptions | null;
  /** The request's Origin header. */
  readonly origin: string | null;
  /** More headers of the caller; they win, but for lists of names, to which they are added. */
  readonly extra: Readonly<Record<string, string>>;
}

/**
 * The headers of an error's answer. It is never cached: it depends on who asked and when.
 *
 * @param facts what they depend on
 * @returns header names in lower case
 * @see RFC 9110 sections 8.5 (Content-Language), 10.2.3 (Retry-After), 11.6.1 (WWW-Authenticate), 12.5.5 (Vary)
 */
export function responseHeaders(facts: ResponseFacts): Record<string, string> {
  const vary = facts.variesByAccept ? "Accept-Language, Accept" : "Accept-Language";
  const headers: Record<string, string> = {
    "content-type": facts.contentType,
    "content-language": facts.language,
    vary,
    "cache-control": "no-store",
  };
  if (facts.retryAfter !== null) headers["retry-after"] = String(facts.retryAfter);
  if (facts.requestId !== null) headers["x-request-id"] = facts.requestId;
  if (facts.status === 401) headers["www-authenticate"] = "Bearer";
  if (facts.cors !== null) addCors(headers, facts.cors, facts.origin);
  for (const [given, value] of Object.entries(facts.extra)) {
    const name = given.toLowerCase();
    const made = listsOfNames.has(name) ? headers[name] : undefined;
    headers[name] = made === undefined ? value : `${made}, ${value}`;
  }
  return headers;
}

/** What is said in these holds as well as what was said before. */
const listsOfNames: ReadonlySet<string> = new Set(["vary", "access-control-expose-headers"]);

function addCors(headers: Record<string, string>, cors: CorsOptions, origin: string | null): void {
  const allowed = typeof cors.origin === "string" ? [cors.origin] : cors.origin;
  const any = allowed.includes("*");
  if (!any) headers.vary = `${headers.vary}, Origin`;
  const answered = any ? "*" : allowed.find((candidate) => candidate === origin);
  if (answered === undefined) return;
  headers["access-control-allow-origin"] = answered;
  // A browser refuses the two together, and rightly: it would open every user's session to every page.
  if (cors.credentials === true && !any) headers["access-control-allow-credentials"] = "true";
  headers["access-control-expose-headers"] = "content-language, retry-after, x-request-id";
}

/**
 * Tells whether the client asked for RFC 9457 problem details: it names `application/problem+json` with a weight that is
 * not below that of plain JSON. Wildcards do not count: who sends them expects what was always sent.
 *
 * @param accept the Accept header, or null
 * @returns true for problem details
 * @example
 * ```ts
 * wantsProblem("application/problem+json, application/json;q=0.9"); // true
 * ```
 */
export function wantsProblem(accept: string | null | undefined): boolean {
  if (typeof accept !== "string") return false;
  let problem = 0;
  let json = 0;
  for (const range of accept.slice(0, 2_048).toLowerCase().split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    const weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(given) ? Number(given) : 0;
    if (type === "application/problem+json") problem = weight;
    if (type === "application/json") json = weight;
  }
  return problem > 0 && problem >= json;
}

/**
 * Takes a request id only when it can stand in a header.
 *
 * @param requestId an id from outside
 * @returns the id, or null unless it is 1 to 128 visible ASCII characters
 * @example
 * ```ts
 * cleanRequestId(request.headers.get("x-request-id")) ?? createRequestId();
 * ```
 */
export function cleanRequestId(requestId: unknown): string | null {
  return typeof requestId === "string" && /^[\x21-\x7e]{1,128}$/.test(requestId) ? requestId : null;
}
