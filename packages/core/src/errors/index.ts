export { bindErrors, type ErrorSet, isErrorSet } from "./bind-errors.ts";
export { builtInErrors, createErrorResponse, ErrorMessages, formatMessage } from "./built-in-errors.ts";
export { type Catalogue, type CatalogueRow, catalogue, type VariableKind } from "./catalogue.ts";
export { ErrorCode, isErrorCode } from "./codes.ts";
export {
  type AnyErrorResponseOptions,
  type ErrorResponseOptions,
  errorResponseOf,
  type ResponseOptions,
} from "./create-error-response.ts";
export type { MessageSet, MistakeOptions, VariablesOf } from "./error-set.ts";
export { fallbackLanguage, type Language, languages } from "./languages.ts";
export type { MessageArgument, MessageChoice, MessagePart } from "./message-parts.ts";
export { builtInMessages } from "./messages/index.ts";
export { type NegotiationOptions, negotiateLanguage } from "./negotiate-language.ts";
export { type CorsOptions, cleanRequestId } from "./response-headers.ts";
export { isValidationError, ValidationError, validationError } from "./validation-error.ts";
export { isVidopsError, VidopsError, type VidopsErrorInit } from "./vidops-error.ts";
