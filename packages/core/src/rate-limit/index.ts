export { parseAddress } from "./address.ts";
export type { Clock } from "./ask-store.ts";
export { type AddressOptions, bucketAddress } from "./bucket-address.ts";
export { checkRateLimit, checkRateLimits, withRateLimit } from "./check-rate-limit.ts";
export { clientIp } from "./client-ip.ts";
export {
  createRateLimiter,
  type LimitedSubject,
  type RateLimiter,
  type RateLimiterOptions,
  type Waiting,
} from "./create-rate-limiter.ts";
export { decisionOf } from "./decide.ts";
export type {
  Allowed,
  AllowedUncounted,
  DegradedReason,
  Denied,
  LimitScope,
  LimitState,
  RateLimitDecision,
} from "./decision.ts";
export type { DenyCacheOptions } from "./deny-cache.ts";
export { type RateLimitHeaderOptions, rateLimitHeaderNames, rateLimitHeaders } from "./headers.ts";
export type { JudgementOptions, RateLimitConfig, RateLimitsConfig } from "./judged-request.ts";
export { type RateLimit, requireLimits, type StoreFailurePolicy } from "./limit-input.ts";
export { type LimitStateRow, limitStateRow, toLimitState } from "./limit-state.ts";
export type { LimiterOptions, UnknownIpPolicy } from "./limiter-options.ts";
export {
  type LoggedRateLimit,
  listRateLimitLog,
  type RateLimitLogPage,
  type RateLimitLogQuery,
} from "./list-log.ts";
export { listRateLimitRules } from "./list-rules.ts";
export { peekRateLimits, type RateLimitPeek } from "./peek-limits.ts";
export { createPostgresStore } from "./postgres-store.ts";
export type { RateLimitRule, RateLimitTier } from "./rate-limit-rule.ts";
export { createRedisStore, type RedisClient, type RedisStoreOptions } from "./redis-store.ts";
export { type RateLimitReset, type ResetRateLimits, resetRateLimits } from "./reset-limits.ts";
export { type ChangedRateLimitRule, type RateLimitRuleChange, setRateLimitRule } from "./set-rule.ts";
export { carriedAddress, sendersFrom } from "./special-purpose.ts";
export type {
  RateLimitStore,
  RequestSubject,
  SettledReservation,
  StoredLimit,
  TakeAnswer,
  TakeRequest,
} from "./store.ts";
export {
  type RateLimitGroup,
  type RateLimitGrouping,
  rateLimitGroupings,
  type TopRateLimits,
  type TopRateLimitsQuery,
  topRateLimits,
} from "./top-limits.ts";
export {
  isTrustPreset,
  requireTrust,
  type Trust,
  type TrustedHeader,
  type TrustedHops,
  type TrustPreset,
} from "./trust.ts";
export type { FetchHandler, LimitedHandlerOptions } from "./with-rate-limit.ts";
