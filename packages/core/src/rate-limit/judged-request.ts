import { requireUuid } from "../database/index.ts";
import { VidopsError, validationError } from "../errors/index.ts";
import { clientIp } from "./client-ip.ts";
import {
  type RateLimit,
  requireCost,
  requireLimit,
  requireLimits,
  requireText,
  type StoreFailurePolicy,
} from "./limit-input.ts";
import { type LimiterOptions, type LimiterSettings, requirePolicy, settingsOf } from "./limiter-options.ts";
import type { StoredLimit, TakeRequest } from "./store.ts";

/** What may be said about any request that is judged, beside its limits. Every option of the limiter may be given too. */
export interface JudgementOptions extends LimiterOptions {
  /** What is limited, e.g. `video_generation`: 1 to 100 characters. Each action is counted apart. */
  readonly action: string;
  /** The user that the token names, never one that the body names: a uuid. Needed by limits per user; else for the log and for rules by tier. */
  readonly userId?: string | null | undefined;
  /** How many requests this one counts as: 1 (default) to the lowest limit. */
  readonly cost?: number | undefined;
  /** True to be able to give the slot back: see `release`. Default false. */
  readonly reserve?: boolean | undefined;
  /** Stops the waiting; the request may have been counted. */
  readonly signal?: AbortSignal | undefined;
}

/** One limit per client address; or, with the action alone, the rules that the store has for it (`vidops limits set`). */
export type RateLimitConfig = JudgementOptions &
  (
    | Pick<RateLimit, "maxRequests" | "windowMinutes">
    | { readonly maxRequests?: undefined; readonly windowMinutes?: undefined }
  );

/** Several limits: all are counted, or none. */
export interface RateLimitsConfig extends JudgementOptions {
  /** 1 to 10. */
  readonly limits: readonly RateLimit[];
}

/** The same for an endpoint, where user and signal are each request's own. */
export type EndpointConfig = WithoutRequest<RateLimitConfig> | WithoutRequest<RateLimitsConfig>;

type WithoutRequest<T> = T extends unknown ? Omit<T, "userId" | "signal"> : never;

/** A request as the store is to judge it, and by which settings. */
export interface JudgedRequest {
  readonly asked: Omit<TakeRequest, "unloggedDenials">;
  readonly settings: LimiterSettings;
  /** What counts for all its limits together. */
  readonly onStoreFailure: StoreFailurePolicy;
}

interface CheckedConfig {
  readonly action: string;
  /** Null: the rules of the store. */
  readonly limits: readonly StoredLimit[] | null;
  readonly cost: number;
  readonly reserve: boolean;
  readonly settings: LimiterSettings;
  readonly onStoreFailure: StoreFailurePolicy;
}

/** Checks all of a config that does not depend on a request. */
export function requireConfig(config: EndpointConfig, defaults: LimiterSettings): CheckedConfig {
  const settings = settingsOf(config, defaults);
  const limits = limitsOf(config);
  return {
    action: requireText("action", config.action, 100),
    limits,
    cost: requireCost(config.cost ?? 1, limits),
    reserve: config.reserve ?? false,
    settings,
    onStoreFailure: policyOf(config, settings),
  };
}

/** Checks a config and finds out whose request it is. */
export function judgedRequest(
  req: Request,
  config: RateLimitConfig | RateLimitsConfig,
  defaults: LimiterSettings,
): JudgedRequest {
  const { action, limits, cost, reserve, settings, onStoreFailure } = requireConfig(config, defaults);
  const userId = config.userId == null ? null : requireUuid("userId", config.userId);
  if (userId === null && limits?.some(({ per }) => per === "user") === true)
    throw validationError("userId", "is missing, and a limit is per user", "Give guests other limits.");
  const ip = clientIp(req, settings.trust, settings);
  const ipCounts = limits === null || limits.some(({ per }) => per === "ip");
  if (ip === null && ipCounts && settings.unknownIp === "refuse") throw ipUnknown();
  return { asked: { action, ip, userId, limits, cost, reserve }, settings, onStoreFailure };
}

function limitsOf(config: EndpointConfig): readonly StoredLimit[] | null {
  if ("limits" in config) return requireLimits(config.limits);
  const { maxRequests, windowMinutes } = config;
  if (maxRequests === undefined && windowMinutes === undefined) return null;
  return [
    requireLimit(
      { per: "ip", maxRequests: maxRequests as number, windowMinutes: windowMinutes as number },
      "",
    ),
  ];
}

/** Closed if one limit is: it could not be held otherwise. */
function policyOf(config: EndpointConfig, { onStoreFailure }: LimiterSettings): StoreFailurePolicy {
  if (!("limits" in config)) return onStoreFailure;
  const policies = config.limits.map((limit, i) =>
    requirePolicy(`limits[${i}].onStoreFailure`, limit.onStoreFailure ?? onStoreFailure),
  );
  return policies.includes("closed") ? "closed" : "open";
}

function ipUnknown(): VidopsError {
  return new VidopsError({
    code: "ERR_4008",
    reason: "client_ip_unknown",
    message: "The request does not say which address it comes from, and the limit is per address.",
    hint: 'Set `trust` to what stands in front of the app, e.g. "supabase" or { hops: 1 }.',
  });
}
