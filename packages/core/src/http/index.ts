export type { Attempt } from "./attempt.ts";
export { type CircuitBreaker, type CircuitBreakerOptions, createCircuitBreaker } from "./circuit-breaker.ts";
export { fetchWithRetry, sendPlanned } from "./fetch-with-retry.ts";
export { HttpRequestError } from "./http-request-error.ts";
export { type NetworkFailure, networkFailure, type Sent } from "./network-failure.ts";
export { openTelemetryAttributes } from "./open-telemetry.ts";
export { plainBody, type RequestPlan, type RetryBody, type RetryRequestInit } from "./request-plan.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from "./retry-budget.ts";
export {
  type Clock,
  defaultRetryConfig,
  type RetryConfig,
  type RetryContext,
  type RetryEvent,
} from "./retry-config.ts";
