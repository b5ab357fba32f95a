export { describeRequest, type RequestFacts } from "./describe-request.ts";
export type { ErrorFilters } from "./error-filters.ts";
export { type ErrorReport, getError } from "./get-error.ts";
export { type ErrorPage, type ErrorQuery, listErrors } from "./list-errors.ts";
export { type ErrorLogEntry, type LogErrorOptions, logError, type StoredError } from "./log-error.ts";
export type { LoggedError } from "./logged-error.ts";
export {
  type ErrorGroup,
  type ErrorGrouping,
  errorGroupings,
  type TopErrors,
  type TopErrorsQuery,
  topErrors,
} from "./top-errors.ts";
export { type FetchHandler, type WithErrorsOptions, withErrors } from "./with-errors.ts";
