/**
 * How a variable of a message is written: `number` in the reader's number format, `duration` (seconds) in words, such as
 * "40 minutes", `text` as it is.
 */
export type VariableKind = "number" | "text" | "duration";

/** One error code: all that is known of it but its messages. */
export interface CatalogueRow {
  /** The field's standard name, e.g. `"insufficient_credits"`. */
  readonly name: string;
  /** The HTTP status of an answer with this code. */
  readonly status: number;
  /** True when sending the very same request again later is safe and may work. */
  readonly retryable: boolean;
  /** What its messages may use, by name. All of them are required. */
  readonly variables: Readonly<Record<string, VariableKind>>;
  /** What has happened, for a developer. */
  readonly meaning: string;
  /** What a developer should do about it. */
  readonly action: string;
}

/** Rows by code. */
export type Catalogue = Readonly<Record<string, CatalogueRow>>;

/**
 * Every error code of vidops, one row each. A number is never used twice and never changes its meaning.
 *
 * Statuses follow RFC 9110; 402 for missing credits, 422 and 409 for idempotency keys as in the IETF draft
 * "The Idempotency-Key HTTP Header Field".
 */
export const catalogue = {
  ERR_4001: {
    name: "insufficient_credits",
    status: 402,
    retryable: false,
    variables: { required: "number", available: "number" },
    meaning: "The user has fewer credits than the operation costs. Nothing was taken.",
    action: "Offer to buy credits. `required` and `available` are credits.",
  },
  ERR_4002: {
    name: "invalid_model",
    status: 400,
    retryable: false,
    variables: {},
    meaning: "The model does not exist or is switched off.",
    action: "Load the list of models again and let the user choose.",
  },
  ERR_4003: {
    name: "invalid_prompt",
    status: 400,
    retryable: false,
    variables: {},
    meaning: "The prompt is empty, too long or not allowed.",
    action: "Show the message at the prompt and let the user change it.",
  },
  ERR_4004: {
    name: "rate_limit_exceeded",
    status: 429,
    retryable: true,
    variables: { seconds: "duration" },
    meaning: "Too many requests in the limit's window. Nothing was done.",
    action: "Wait `seconds`, which is also the Retry-After header, then send the same request.",
  },
  ERR_4005: {
    name: "unauthorized",
    status: 401,
    retryable: false,
    variables: {},
    meaning: "There is no key or token, or it is not valid any more.",
    action: "Refresh the session once; if that fails, ask the user to sign in.",
  },
  ERR_4006: {
    name: "forbidden",
    status: 403,
    retryable: false,
    variables: {},
    meaning: "It is known who asks, and that account may not do this.",
    action: "Hide what this account may not do; ask an admin for the permission.",
  },
  ERR_4007: {
    name: "not_found",
    status: 404,
    retryable: false,
    variables: {},
    meaning: "What the request names does not exist, or is not this user's.",
    action: "Load the list again; the thing may have been deleted.",
  },
  ERR_4008: {
    name: "validation_failed",
    status: 400,
    retryable: false,
    variables: {},
    meaning: "A field of the request is missing or malformed. `details.field` names it where it is known.",
    action: "Correct the field before sending again.",
  },
  ERR_4009: {
    name: "conflict",
    status: 409,
    retryable: false,
    variables: {},
    meaning: "It exists already, or it has changed since it was read.",
    action: "Read the newest state and decide again.",
  },
  ERR_4010: {
    name: "idempotency_key_reused",
    status: 422,
    retryable: false,
    variables: {},
    meaning: "The idempotency key was used before, for another request.",
    action: "Make a new key for each new request, and keep it for repeats of the same one.",
  },
  ERR_4011: {
    name: "request_in_flight",
    status: 409,
    retryable: true,
    variables: {},
    meaning: "A request with the same idempotency key is still running.",
    action: "Wait a moment and send the same request with the same key; its answer will be the first one's.",
  },
  ERR_4012: {
    name: "account_banned",
    status: 403,
    retryable: false,
    variables: {},
    meaning: "The account is banned.",
    action: "Sign the user out and show how to reach support.",
  },
  ERR_4013: {
    name: "refund_exceeds_charge",
    status: 409,
    retryable: false,
    variables: { refundable: "number" },
    meaning: "The refund is more than what is left of the charge. Nothing was refunded.",
    action: "Refund at most `refundable` credits.",
  },
  ERR_4014: {
    name: "job_not_finished",
    status: 409,
    retryable: true,
    variables: {},
    meaning: "The job is still pending or processing, so it may yet deliver.",
    action: "Wait until the job has completed or failed.",
  },
  ERR_4015: {
    name: "approval_required",
    status: 409,
    retryable: false,
    variables: {},
    meaning:
      "The act passes a threshold, so it waits for a second admin. Nothing has changed but the request.",
    action: "Show `approval_id`, and let another admin approve or reject it; do not send the act again.",
  },
  ERR_5001: {
    name: "provider_timeout",
    status: 504,
    retryable: false,
    variables: {},
    meaning: "The video provider did not answer in time: it may or may not have begun.",
    action: "Look the job up; repeat the request only with its idempotency key.",
  },
  ERR_5002: {
    name: "provider_unavailable",
    status: 502,
    retryable: true,
    variables: {},
    meaning: "The video provider is down or overloaded.",
    action: "Try again later, or offer a model of another provider.",
  },
  ERR_5003: {
    name: "provider_rejected",
    status: 502,
    retryable: false,
    variables: {},
    meaning: "The video provider refused the request. Sending it again gives the same answer.",
    action: "Let the user change prompt or settings; see the error log for the provider's words.",
  },
  ERR_6001: {
    name: "database_error",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "The database reported an error that has no code of its own.",
    action: "Look the request id up with `vidops errors show`.",
  },
  ERR_6002: {
    name: "storage_error",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "A file could not be stored or read.",
    action: "Look the request id up with `vidops errors show`; check the bucket and its policies.",
  },
  ERR_6003: {
    name: "internal_error",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "Something was thrown that nobody expected.",
    action: "Look the request id up with `vidops errors show`; it has the stack.",
  },
  ERR_6004: {
    name: "schema_outdated",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "The database lacks what this version of vidops needs.",
    action: "Apply supabase/migrations, then run `vidops doctor`.",
  },
  ERR_6005: {
    name: "database_unreachable",
    status: 500,
    retryable: true,
    variables: {},
    meaning: "The database could not be reached or was too busy. Nothing was changed.",
    action: "Send the same request again in a moment; if it stays so, run `vidops doctor`.",
  },
  ERR_6006: {
    name: "outcome_unknown",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "A write was sent and its answer was lost: it may or may not have been done.",
    action: "Repeat it only with the same idempotency key, or look whether it was done.",
  },
  ERR_6007: {
    name: "not_supabase",
    status: 500,
    retryable: false,
    variables: {},
    meaning: "What answered at the project's URL is not a Supabase Data API.",
    action: "Check the URL and what stands between: a proxy, a portal, a paused project.",
  },
  ERR_6008: {
    name: "rate_limiter_unavailable",
    status: 503,
    retryable: true,
    variables: {},
    meaning:
      "The store of a rate limit did not answer, and the limit is closed then. Nothing was done for the request.",
    action:
      "Wait for as long as Retry-After says, then send the same request; the log line `rate_limit_store_failed` has the cause.",
  },
} as const;
