/**
 * Every error code of vidops. The family is the first digit: 4 the caller's request, 5 a video provider,
 * 6 the system. A number is never used twice and never changes its meaning.
 */
export const ErrorCode = {
  /** Not enough credits. */
  ERR_4001: "ERR_4001",
  /** Invalid model. */
  ERR_4002: "ERR_4002",
  /** Invalid prompt. */
  ERR_4003: "ERR_4003",
  /** Rate limit exceeded. */
  ERR_4004: "ERR_4004",
  /** Unauthorized: no key or token, or not a valid one. */
  ERR_4005: "ERR_4005",
  /** Forbidden: known, but not allowed. */
  ERR_4006: "ERR_4006",
  /** Not found. */
  ERR_4007: "ERR_4007",
  /** Validation failed. */
  ERR_4008: "ERR_4008",
  /** Conflict with what is there. */
  ERR_4009: "ERR_4009",
  /** The idempotency key was used for another request. */
  ERR_4010: "ERR_4010",
  /** A request with the same idempotency key is still running. */
  ERR_4011: "ERR_4011",
  /** The account is banned. */
  ERR_4012: "ERR_4012",
  /** The refund is more than what is left of the charge. */
  ERR_4013: "ERR_4013",
  /** The job is still pending or processing. */
  ERR_4014: "ERR_4014",
  /** The act needs the approval of a second admin. */
  ERR_4015: "ERR_4015",
  /** Provider timeout. */
  ERR_5001: "ERR_5001",
  /** Provider unavailable. */
  ERR_5002: "ERR_5002",
  /** Provider rejected the request. */
  ERR_5003: "ERR_5003",
  /** Database error. */
  ERR_6001: "ERR_6001",
  /** Storage error. */
  ERR_6002: "ERR_6002",
  /** Internal error. */
  ERR_6003: "ERR_6003",
  /** The database lacks what this version of vidops needs. */
  ERR_6004: "ERR_6004",
  /** The database cannot be reached; nothing was changed. */
  ERR_6005: "ERR_6005",
  /** A write was sent and its outcome is not known. */
  ERR_6006: "ERR_6006",
  /** What answered is not a Supabase Data API. */
  ERR_6007: "ERR_6007",
  /** It is not known whether the request is within its limits. */
  ERR_6008: "ERR_6008",
} as const;

/** One of the codes of {@link ErrorCode}. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/**
 * Tells whether a value from outside is a code this version knows.
 *
 * @param value anything, e.g. the `code` field of an answer
 * @returns true when it is an {@link ErrorCode}
 * @example
 * ```ts
 * isErrorCode("ERR_4001"); // true
 * ```
 */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ErrorCode, value);
}
