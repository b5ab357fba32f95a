import type { ErrorCode } from "../errors/index.ts";

/** What went wrong, before it is an error. */
export interface ProviderFault {
  readonly code: ErrorCode;
  readonly reason: string;
  /** How a sentence that begins with the provider's name goes on. */
  readonly message: string;
  readonly hint?: string | undefined;
  readonly retryable?: boolean | undefined;
}

type FaultName =
  | "timeout"
  | "connection_lost"
  | "too_large"
  | "unexpected_answer"
  | "unknown_status"
  | "redirected"
  | "unavailable"
  | "rate_limited"
  | "credentials_refused"
  | "not_permitted"
  | "out_of_credits"
  | "misconfigured"
  | "content_policy"
  | "invalid_request"
  | "model_not_found"
  | "job_not_found"
  | "job_timeout"
  | "job_broken";

/** Faults by reason, so that all providers say the same for the same. */
export const faults: Readonly<Record<FaultName, ProviderFault>> = {
  timeout: fault("ERR_5001", "timeout", "did not answer in time", { retryable: true }),
  connection_lost: fault("ERR_5002", "connection_lost", "broke off its answer", { retryable: true }),
  too_large: fault("ERR_5002", "unexpected_answer", "answered more than can be meant"),
  unexpected_answer: fault("ERR_5002", "unexpected_answer", "answered what its documentation does not know"),
  unknown_status: fault(
    "ERR_5002",
    "unknown_status",
    "answered a status that its documentation does not know",
    {
      hint: "The job stays open: do not refund it before its end is known.",
    },
  ),
  redirected: fault("ERR_5002", "unexpected_answer", "sent the request elsewhere, where the key must not go"),
  unavailable: fault("ERR_5002", "unavailable", "is down or overloaded", { retryable: true }),
  rate_limited: fault("ERR_5002", "rate_limited", "takes no more requests now", { retryable: true }),
  credentials_refused: fault("ERR_5002", "credentials_refused", "did not accept the key", {
    hint: "Check the key and its account; users can do nothing about it.",
  }),
  not_permitted: fault("ERR_5002", "not_permitted", "does not allow this account to do that", {
    hint: "Check what the account may use in the provider's dashboard.",
  }),
  out_of_credits: fault(
    "ERR_5002",
    "out_of_credits",
    "wants to be paid first: the account has no credits left",
    {
      hint: "Top up the account at the provider; users can do nothing about it.",
    },
  ),
  misconfigured: fault("ERR_5002", "misconfigured", "did not accept how this program speaks to it", {
    hint: "Update @vidops/core.",
  }),
  content_policy: fault("ERR_5003", "content_policy", "refused the content by its policy"),
  invalid_request: fault("ERR_5003", "invalid_request", "found the request invalid"),
  model_not_found: fault("ERR_5003", "model_not_found", "does not know the model"),
  job_not_found: fault("ERR_5003", "job_not_found", "does not know the job", {
    hint: "It may be too young, too old, or deleted. This does not prove that it failed.",
  }),
  job_timeout: fault("ERR_5001", "job_timeout", "did not finish the job in time", { retryable: true }),
  job_broken: fault("ERR_5002", "job_broken", "broke down over the job", { retryable: true }),
};

function fault(
  code: ErrorCode,
  reason: string,
  message: string,
  more: { hint?: string; retryable?: boolean } = {},
): ProviderFault {
  return { code, reason, message, ...more };
}

/**
 * What a status means where the provider's body does not tell more.
 *
 * @param status of the answer; 0 for a redirect that a browser hides
 * @param missing what a 404 is about
 * @returns what to throw
 */
export function faultOfStatus(status: number, missing: "job_not_found" | "model_not_found"): ProviderFault {
  if (status === 408 || status === 504) return faults.timeout;
  if (status === 429) return faults.rate_limited;
  if (status >= 500) return faults.unavailable;
  if (status === 401) return faults.credentials_refused;
  if (status === 402) return faults.out_of_credits;
  if (status === 403) return faults.not_permitted;
  if (status === 404 || status === 410) return faults[missing];
  if (status >= 400) return faults.invalid_request;
  return status === 0 || status >= 300 ? faults.redirected : faults.unexpected_answer;
}
