/**
 * What an Edge Function imports to limit its requests and to answer errors: the functions of `@vidops/core`, with who may be
 * believed about a client's address set to `supabase`.
 *
 * That believes the header `CF-Connecting-IP`, which Cloudflare sets in front of hosted Edge Functions, whatever a client
 * sent under that name. A stack that is local or self-hosted does not stand behind Cloudflare: there anybody can write the
 * header, and so be as many clients as he likes. Give `trust` then, e.g. `{ hops: 1 }` for the gateway of the stack.
 */
import type { DatabaseClient } from "@vidops/core/database";
import {
  checkRateLimit as checkOne,
  checkRateLimits as checkSeveral,
  createRateLimiter as createLimiter,
  type FetchHandler,
  type LimitedHandlerOptions,
  type RateLimitConfig,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimiterOptions,
  type RateLimitsConfig,
  withRateLimit as wrap,
} from "@vidops/core/rate-limit";

const hosted = "supabase";

/**
 * Judges and counts a request by one limit for each client address: `checkRateLimit` of `@vidops/core/rate-limit`, which
 * says all of it, with `trust: "supabase"` unless another is given.
 *
 * @param req the request
 * @param config action, requests and minutes; or the action alone, for the rules that the database has
 * @param db a client with a secret key, e.g. of supabase-js; give the same one each time
 * @returns the decision; `retryAfter` is in seconds
 * @throws ValidationError ERR_4008 for a malformed config · ERR_6008 when the database does not answer in time · ERR_6003 when the
 *   key may not ask
 * @example
 * ```ts
 * const rateLimitCheck = await checkRateLimit(req, { action: "video_generation", maxRequests: 10, windowMinutes: 60 }, supabase);
 * if (!rateLimitCheck.allowed) {
 *   return createErrorResponse({ code: ErrorCode.ERR_4004, variables: { seconds: rateLimitCheck.retryAfter } });
 * }
 * ```
 */
export function checkRateLimit(
  req: Request,
  config: RateLimitConfig,
  db: DatabaseClient,
): Promise<RateLimitDecision> {
  return checkOne(req, { ...config, trust: config.trust ?? hosted }, db);
}

/**
 * Judges a request by several limits at once: all are counted, or none. `checkRateLimits` of `@vidops/core/rate-limit`, with
 * `trust: "supabase"` unless another is given.
 *
 * @param req the request
 * @param config action and limits
 * @param db a client with a secret key
 * @returns the decision; `violated` names the limits that refuse
 * @throws as `checkRateLimit` does
 * @example
 * ```ts
 * const limits = [
 *   { per: "ip", maxRequests: 10, windowMinutes: 60 },
 *   { per: "user", maxRequests: 5, windowMinutes: 60 },
 * ] as const;
 * const decision = await checkRateLimits(req, { action: "video_generation", limits, userId }, supabase);
 * ```
 */
export function checkRateLimits(
  req: Request,
  config: RateLimitsConfig,
  db: DatabaseClient,
): Promise<RateLimitDecision> {
  return checkSeveral(req, { ...config, trust: config.trust ?? hosted }, db);
}

/**
 * Wraps a handler so that requests over a limit are answered with ERR_4004 in the user's language: `withRateLimit` of
 * `@vidops/core/rate-limit`, which says all of it, with `trust: "supabase"` unless another is given.
 *
 * @param handler answers the requests within the limits
 * @param config `db`, the limits, and how refusals are answered
 * @returns a handler
 * @throws ValidationError ERR_4008 for a malformed config
 * @example
 * ```ts
 * Deno.serve(withErrors(withRateLimit(generateVideo, { db: supabase, action: "video_generation" }), { db: supabase }));
 * ```
 */
export function withRateLimit<Args extends readonly unknown[] = []>(
  handler: FetchHandler<Args>,
  config: LimitedHandlerOptions<Args> & { readonly db: DatabaseClient },
): (request: Request, ...args: Args) => Promise<Response> {
  return wrap(handler, { ...config, trust: config.trust ?? hosted });
}

/**
 * Makes a limiter for many endpoints: `createRateLimiter` of `@vidops/core/rate-limit`, with `trust: "supabase"` unless another
 * is given.
 *
 * @param options where to count, and what to do when the store fails
 * @returns the limiter
 * @throws ValidationError ERR_4008 for an option that is malformed
 * @example
 * ```ts
 * const limiter = createRateLimiter({ db: supabase, onStoreFailure: "open" });
 * ```
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  return createLimiter({ ...options, trust: options.trust ?? hosted });
}

export { type Admin, type AdminAuthClient, requireAdmin } from "@vidops/core/admin";
export { describeRequest, withErrors } from "@vidops/core/error-log";
export { createErrorResponse, ErrorCode } from "@vidops/core/errors";
export { rateLimitHeaders } from "@vidops/core/rate-limit";
export { type AdminRefundOptions, createAdminRefundHandler } from "./admin-refund.ts";
export { allowSettings, type SettingsCheck } from "./allow-settings.ts";
export {
  createHandlers,
  type HandlerLimits,
  type HandlerName,
  type Handlers,
  type HandlersOptions,
  handlerNames,
} from "./create-handlers.ts";
export { type DevelopmentAttestationOptions, developmentAttestation } from "./development-attestation.ts";
export type { CheckedDevice, DeviceAttestation, DeviceClaim } from "./device-attestation.ts";
export type { JobAnswer } from "./job-answer.ts";
export type { PurchaseOptions } from "./purchase-credits.ts";
export type { PurchaseVerifier, VerifiedPurchase } from "./purchase-verifier.ts";
export { requireUser } from "./require-user.ts";
export { type CorsPolicy, withCors } from "./with-cors.ts";
export type { RateLimitConfig, RateLimitDecision, RateLimiter, RateLimiterOptions, RateLimitsConfig };
