import { VidopsError, type VidopsErrorInit } from "@vidops/core/errors";
import { isRetryable } from "./answer-error.ts";
import { ownMessage } from "./own-messages.ts";

/**
 * Makes an error where no server has said anything.
 *
 * @param code of the catalogue
 * @param reason the machine name of what went wrong
 * @param language in which the client speaks
 * @param more what else is known
 * @returns the error, with the code's message
 */
export function ownError(
  code: string,
  reason: string,
  language: string | null,
  more: Partial<VidopsErrorInit<string>> = {},
): VidopsError {
  const message = ownMessage(code, language);
  return new VidopsError<string>({ code, reason, message, retryable: isRetryable(code), ...more });
}
