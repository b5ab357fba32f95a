import type { VidopsError } from "@vidops/core/errors";
import { type Answer, codeOf, objectOf } from "./answer-error.ts";
import { type Call, mayCallAgain } from "./call.ts";
import { ownError } from "./own-error.ts";

/**
 * Tells whether an answer leaves open if the call was done. What the server says of the request itself (no credits, another
 * price, refused by the provider) is said under its key, and so of all its requests; what stands before that, such as a limit
 * or a token that has ended, speaks of one of them alone; a fault of the server may have come after the work; and a gateway
 * knows nothing.
 *
 * @param answer one that is not good
 * @param before whether the outcome of an earlier request of the same call is unknown
 * @returns true when nobody knows
 */
export function leavesOpen({ status, data }: Pick<Answer, "status" | "data">, before: boolean): boolean {
  const code = codeOf(data);
  if (code === null) {
    const ofAuth = typeof objectOf(data)?.error_code === "string" && status < 500;
    return before || !(ofAuth || status === 401 || status === 429);
  }
  if (/^ERR_(?:4011|600[1-7])$/.test(code)) return true;
  return before && !/^ERR_(?:400[1-37-9]|401[0-5]|500[1-3])$/.test(code);
}

/**
 * Tells an error of a call again with all that is known of the call.
 *
 * @param error what one of its requests ended with
 * @param call which
 * @param language in which the client speaks
 * @param unknown whether the outcome is: then that is what the user has to be told first
 * @returns the error, caused by the other
 */
export function errorOfCall(
  error: VidopsError,
  call: Call,
  language: string | null,
  unknown: boolean,
): VidopsError {
  return ownError(unknown ? "ERR_6006" : error.code, error.reason, language, {
    ...(!unknown && { message: error.message }),
    retryable: unknown ? mayCallAgain(call) : error.retryable,
    hint: error.hint,
    details: { ...call.errorDetails, ...error.details },
    requestId: error.requestId,
    cause: error,
  });
}
