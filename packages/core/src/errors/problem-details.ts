import type { CatalogueRow } from "./catalogue.ts";

/** What problem details are made of. */
export interface Problem {
  readonly code: string;
  readonly row: CatalogueRow;
  readonly status: number;
  readonly message: string;
  readonly details: unknown;
  readonly requestId: string | null;
  /** What the code is put behind to be the `type`. */
  readonly typeBase: string | undefined;
}

/** The phrases of RFC 9110, for the statuses that codes have. */
const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * The members of an `application/problem+json` answer. Without a base the type is `about:blank`: no more than the
 * HTTP status, whose phrase is then the title; `code` tells the rest.
 *
 * @param problem what it is made of
 * @returns the members; `code`, `retryable`, `details` and `request_id` are extensions
 * @see RFC 9457 sections 3 and 4.2.1
 */
export function problemDetails(problem: Problem): Record<string, unknown> {
  const { code, row, status, message, details, requestId, typeBase } = problem;
  const name = row.name.replaceAll("_", " ");
  return {
    type: typeBase === undefined ? "about:blank" : `${typeBase}${code}`,
    title: typeBase === undefined ? PHRASES[status] : name.charAt(0).toUpperCase() + name.slice(1),
    status,
    detail: message,
    code,
    retryable: row.retryable,
    details,
    ...(requestId !== null && { request_id: requestId }),
  };
}
