import { logEvent, logSafely } from "../logging/index.ts";
import { inDevelopment } from "./development.ts";
import type { MistakeOptions } from "./error-set.ts";

/**
 * Tells a mistake of the programmer: throws it in development and tests; in production writes one log line and
 * returns, so that the user still gets an answer.
 *
 * @param message what is wrong and where, in English, without values that users gave
 * @param data facts for the log line
 * @param options whether to throw, and where to log
 * @throws TypeError in development and tests
 */
export function tellMistake(
  message: string,
  data: Record<string, unknown>,
  { strict, log = logEvent }: MistakeOptions,
): void {
  if (strict ?? inDevelopment()) throw new TypeError(message);
  logSafely(log, "error_message_mistake", { ...data, mistake: message }, "error");
}
