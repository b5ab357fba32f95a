import { VidopsError } from "@vidops/core/errors";
import { parseRetryAfter } from "@vidops/core/http";
import { ownMessage } from "./own-messages.ts";

/** An answer whose body was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON; null when it is none. */
  readonly data: unknown;
}

/** Tells whether the very same call may work later, by the code. */
export function isRetryable(code: string): boolean {
  return /^ERR_(?:40(?:04|11|14)|5002|600[58])$/.test(code);
}

const KNOWN = /^ERR_(?:40(?:0\d|1[0-5])|500[1-3]|600[1-8])$/;

/** What a gateway means that knows nothing of vidops, by status. */
const codeByStatus: Readonly<Record<number, string>> = {
  400: "ERR_4008",
  401: "ERR_4005",
  403: "ERR_4006",
  422: "ERR_4008",
  429: "ERR_4004",
  502: "ERR_6005",
  503: "ERR_6005",
  504: "ERR_6005",
};

/**
 * The code that an answer carries in vidops' envelope.
 *
 * @param data the answer's body
 * @returns the code, also one that only a newer server or the app itself knows; null when there is no envelope
 */
export function codeOf(data: unknown): string | null {
  const code = envelopeOf(data)?.code;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : null;
}

/**
 * Tells whether sending the same request once more may end better than this answer. What a provider said (5xxx) is kept under
 * the request's key: it would be said again.
 *
 * @param answer status and body
 * @returns true when a repeat makes sense, provided it is safe
 */
export function mayPass({ status, data }: Pick<Answer, "status" | "data">): boolean {
  const code = codeOf(data);
  if (code === null || !KNOWN.test(code)) return status !== 409 && !code?.startsWith("ERR_5");
  return /^ERR_(?:40(?:04|11)|600[568])$/.test(code);
}

/**
 * Makes the error of an answer: code and message are the server's where it gave some.
 *
 * @param answer with a status from 400 on, or one that is no answer of vidops
 * @param language in which the client itself speaks
 * @param facts for the details
 * @returns the error; `details` has `status`, and `retry_after` in seconds when the server asked for a wait
 */
export function answerError(
  answer: Answer,
  language: string | null | undefined,
  facts?: Readonly<Record<string, unknown>>,
): VidopsError {
  const { status, headers, data } = answer;
  const envelope = envelopeOf(data);
  const own = codeByStatus[status] ?? "ERR_6007";
  const code = codeOf(data) ?? own;
  const details = objectOf(envelope?.details);
  const wait = parseRetryAfter(headers, Date.now());
  // Auth names what is wrong in a word of its own.
  const { error_code, error } = objectOf(data) ?? {};
  const word = textOf(details?.reason) ?? textOf(error_code) ?? textOf(error);
  return new VidopsError<string>({
    code,
    reason: word ?? (status < 400 ? "unexpected_answer" : `http_${status}`),
    message: typeof envelope?.message === "string" ? envelope.message : ownMessage(own, language),
    retryable: KNOWN.test(code) ? isRetryable(code) : [408, 429, 502, 503, 504].includes(status),
    details: { ...facts, ...details, status, ...(wait !== null && { retry_after: Math.ceil(wait / 1_000) }) },
    hint: textOf(details?.hint),
    requestId: textOf(envelope?.request_id) ?? headers.get("x-request-id") ?? headers.get("sb-request-id"),
  });
}

/** The member `error` of `{"error": {…}}`. */
function envelopeOf(data: unknown): Record<string, unknown> | null {
  return objectOf(objectOf(data)?.error);
}

/** The value, where it is an object with names. */
export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
