import { bindErrors, type ErrorSet, messagesByCode } from "./bind-errors.ts";
import { catalogue } from "./catalogue.ts";
import type { ErrorCode } from "./codes.ts";
import { type ErrorResponseOptions, errorResponseOf } from "./create-error-response.ts";
import type { MessageSet, VariablesArgument } from "./error-set.ts";
import { formatMessageOf } from "./format-message.ts";
import { type Language, languages } from "./languages.ts";
import { builtInMessages } from "./messages/index.ts";
import { parsedMessages } from "./messages/parsed.ts";

const set: MessageSet<typeof catalogue, Language> = {
  codes: catalogue,
  languages,
  messages: builtInMessages,
  parts: parsedMessages,
};

/** The codes of vidops in the form that `defineErrors` returns. */
export const builtInErrors: ErrorSet<typeof catalogue, Language> = /* @__PURE__ */ bindErrors(set);

/** The messages of vidops by code and language, as ICU MessageFormat sources: `{name}` is a variable. */
export const ErrorMessages: Readonly<Record<ErrorCode, Readonly<Record<Language, string>>>> =
  /* @__PURE__ */ messagesByCode(set) as Record<ErrorCode, Record<Language, string>>;

/**
 * Writes the message of a code for a person.
 *
 * @param code one of `ErrorCode`
 * @param language a BCP 47 tag in any case, e.g. of the user's profile; one without messages gives English
 * @param rest the variables that the code's messages need, with their types; then what to do with a mistake
 * @returns the message; in production a general one when a variable cannot be used, with a log line
 * @throws TypeError in development and tests, for an unknown code and for a variable that is missing or unusable
 * @example
 * ```ts
 * formatMessage("ERR_4001", "tr", { required: 4, available: 2 });
 * // "4 krediye ihtiyacınız var, ancak sadece 2 krediniz var. Lütfen daha fazla kredi satın alın."
 * ```
 */
export function formatMessage<Code extends ErrorCode>(
  code: Code,
  language: string | null | undefined,
  ...rest: VariablesArgument<typeof catalogue, Code>
): string {
  return formatMessageOf(set, code, language, rest[0], rest[1]);
}

/**
 * Makes the answer for an error: status, message in the user's language, code, details, and the headers that go with it
 * (Content-Language, Vary, Retry-After, WWW-Authenticate; it is never cached).
 *
 * The language is `language` where given and known, else what Accept-Language asks for, else English.
 *
 * @param options `code` and its `variables`; `request` or `acceptLanguage`; see `ResponseOptions` for the rest
 * @returns a response with the body `{"error": {"code", "message", "details"?, "request_id"?}}`, or RFC 9457 problem details
 * @throws TypeError in development and tests, for an unknown code and for a variable that is missing or unusable; in
 *   production the answer is given with a general message, and a log line tells
 * @example
 * ```ts
 * return createErrorResponse({
 *   code: ErrorCode.ERR_4001,
 *   acceptLanguage: request.headers.get("accept-language"),
 *   variables: { required: model.cost_per_generation, available: 2 },
 * });
 * ```
 */
export function createErrorResponse<Code extends ErrorCode>(
  options: ErrorResponseOptions<typeof catalogue, Code>,
): Response {
  return errorResponseOf(set, options);
}
