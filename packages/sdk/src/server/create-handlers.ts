import { validationError } from "@vidops/core/errors";
import type { VideoProviders, VideoStore } from "@vidops/core/jobs";
import { type RateLimit, requireLimits, requireTrust } from "@vidops/core/rate-limit";
import { type AdminRefundOptions, createAdminRefundHandler } from "./admin-refund.ts";
import { allowSettings, freeSettings, type SettingsCheck } from "./allow-settings.ts";
import { createBadTokens } from "./bad-tokens.ts";
import { deleteVideoJob } from "./delete-video-job.ts";
import type { DeviceAttestation } from "./device-attestation.ts";
import { deviceCheck } from "./device-check.ts";
import { generateVideo } from "./generate-video.ts";
import { getModels } from "./get-models.ts";
import { getUserCredits } from "./get-user-credits.ts";
import { getUserProfile } from "./get-user-profile.ts";
import { getVideoJobs } from "./get-video-jobs.ts";
import { getVideoStatus } from "./get-video-status.ts";
import { handOverGuest } from "./hand-over-guest.ts";
import { providerWebhook } from "./provider-webhook.ts";
import { type PurchaseOptions, purchaseCredits } from "./purchase-credits.ts";

/** How often who may ask. */
export interface HandlerLimits {
  /** Of `generate-video`. Null (default): the rules of `video_generation` in the database (`vidops limits set`). `[]`: none. */
  readonly generateVideo?: readonly RateLimit[] | null | undefined;
  /** Of `device-check`. Default: 10 in an hour for each address. `[]`: none. */
  readonly deviceCheck?: readonly RateLimit[] | undefined;
  /** Of `admin-refund-credits`. Default: 60 in a minute for each admin. */
  readonly adminRefund?: readonly RateLimit[] | undefined;
  /** Of all other requests of users together. Default: none, so that a read is one request to the database. */
  readonly requests?: readonly RateLimit[] | undefined;
}

/** What the handlers are made of: those of a refund, and these. */
export interface HandlersOptions extends Omit<AdminRefundOptions, "db" | "limits"> {
  /** A client with a secret key: `createClient(url, secretKey)` of supabase-js. */
  readonly db: NonNullable<AdminRefundOptions["db"]>;
  /** The providers of the models, e.g. `{ fal: createFal({ apiKey }) }`. */
  readonly providers: VideoProviders;
  /** Where videos are kept, e.g. `createSupabaseVideoStore(db.storage)`. Null: users get the provider's own URL, which ends. */
  readonly store: VideoStore | null;
  /** Says which devices get the initial grant. */
  readonly attestation: DeviceAttestation;
  /** What a new user is given, once a user and once a device: 0 to 100 000 credits. */
  readonly initialCredits: number;
  /**
   * Looks into the settings that a user sends for a model: returns what is ordered of the provider, or throws a `validationError` of
   * field `settings`. Default: `allowSettings` of what costs an operator nothing, `aspect_ratio`, `negative_prompt`, `ratio`, `seed`.
   */
  readonly checkSettings?: SettingsCheck | undefined;
  /** What is sold for money. Default: nothing, and `purchase-credits` answers 404. */
  readonly purchases?: PurchaseOptions | null | undefined;
  /** How often who may ask. */
  readonly limits?: HandlerLimits | undefined;
  /**
   * Where `provider-webhook` is reached, https; the job's id is added. Null: providers are asked instead. Default:
   * `<url>/functions/v1/provider-webhook` where the project's URL is https, else null.
   */
  readonly webhookUrl?: string | null | undefined;
  /** How often a job is asked after at its provider at most, however many clients poll, in ms. Default 3000, or the longest that a provider asks for. */
  readonly checkAfterMs?: number | undefined;
  /**
   * How long a repeat of an order waits for the answer of the first one, which is still at it: the waits between its
   * questions, in ms. Default 250, 500, 1000, then 2000 until it is 10 s in all.
   */
  readonly inFlightWaits?: readonly number[] | undefined;
}

/** The names of the handlers: those of the functions in `supabase/functions`. */
export const handlerNames = [
  "admin-refund-credits",
  "delete-video-job",
  "device-check",
  "generate-video",
  "get-models",
  "get-user-credits",
  "get-user-profile",
  "get-video-jobs",
  "get-video-status",
  "hand-over-guest",
  "provider-webhook",
  "purchase-credits",
] as const;

/** One of {@link handlerNames}. */
export type HandlerName = (typeof handlerNames)[number];

/** The handlers by name. None of them rejects. */
export type Handlers = Readonly<Record<HandlerName, (request: Request) => Promise<Response>>>;

/**
 * Makes the handlers of an app that sells videos by the credit: onboarding, models, credits, profile, generation, history, webhooks,
 * refunds. Each takes a Request and gives a Response, so they run in Supabase Edge Functions, and in any server of Fetch handlers.
 *
 * Who asks is told by the token alone. Whatever is thrown is answered as `{"error": {"code", "message", "details", "request_id"}}` in
 * the language of the user's profile, else of Accept-Language.
 *
 * @param options the project, its providers, where videos are kept, and who may ask how often
 * @returns the handlers by the names of the functions
 * @throws ValidationError ERR_4008 for a malformed URL, key, number or limit: at start, not at the first request
 * @example
 * ```ts
 * import { createAppleDeviceCheck } from "@vidops/sdk/apple";
 *
 * const db = createClient(url, secretKey);
 * const handlers = createHandlers({
 *   ...{ url, key: publishableKey, auth: createClient(url, publishableKey).auth, db },
 *   providers: { fal: createFal({ apiKey }) },
 *   store: createSupabaseVideoStore(db.storage),
 *   attestation: createAppleDeviceCheck({ teamId, keyId, privateKey }),
 *   initialCredits: 10,
 * });
 * Deno.serve(handlers["generate-video"]);
 * ```
 * @see https://supabase.com/docs/guides/functions
 */
export function createHandlers(options: HandlersOptions): Handlers {
  const { db, store, providers, attestation, limits = {}, trust = "supabase", origin = "*" } = options;
  requireTrust(trust);
  // Those of the other handlers are checked where they are used; these are sent to the database at the first request.
  if (limits.generateVideo != null && limits.generateVideo.length > 0) requireLimits(limits.generateVideo);
  const context = {
    ...{ auth: options.auth, db, store, providers, trust, origin },
    ...{ waitUntil: options.waitUntil, log: options.log, requestLimits: limits.requests ?? [] },
    badTokens: createBadTokens(trust),
  };
  const initialCredits = requireNumber("initialCredits", options.initialCredits, 0, 100_000);
  const checkAfterMs = requireNumber(
    "checkAfterMs",
    options.checkAfterMs ?? leastPause(providers),
    0,
    86_400_000,
  );
  return {
    "admin-refund-credits": createAdminRefundHandler({ ...options, limits: limits.adminRefund }),
    "delete-video-job": deleteVideoJob(context),
    "device-check": deviceCheck({
      ...{ ...context, attestation, initialCredits },
      deviceLimits: limits.deviceCheck ?? [{ per: "ip", maxRequests: 10, windowMinutes: 60 }],
    }),
    "generate-video": generateVideo({
      ...context,
      generationLimits: limits.generateVideo ?? null,
      webhookUrl: webhookUrlOf(options),
      checkSettings: options.checkSettings ?? allowSettings(...freeSettings),
      inFlightWaits: options.inFlightWaits ?? [250, 500, 1_000, 2_000, 2_000, 2_000, 2_000],
    }),
    "get-models": getModels(context),
    "get-user-credits": getUserCredits(context),
    "get-user-profile": getUserProfile(context),
    "get-video-jobs": getVideoJobs(context),
    "get-video-status": getVideoStatus({ ...context, checkAfterMs }),
    "hand-over-guest": handOverGuest(context),
    "provider-webhook": providerWebhook(context),
    "purchase-credits": purchaseCredits(context, requirePurchases(options.purchases ?? null)),
  };
}

function leastPause(providers: VideoProviders): number {
  const asked = Object.values(providers).map((provider) => provider?.capabilities.leastPollInterval ?? 0);
  return Math.max(3_000, ...asked);
}

/** Providers send to https alone. */
function webhookUrlOf({ url, webhookUrl }: HandlersOptions): string | null {
  if (webhookUrl === null) return null;
  const { protocol, href } = new URL(webhookUrl ?? `${new URL(url).origin}/functions/v1/provider-webhook`);
  if (protocol === "https:") return href;
  if (webhookUrl === undefined) return null;
  throw validationError("webhookUrl", "is not https", "Give null to have providers asked instead.");
}

function requirePurchases(purchases: PurchaseOptions | null): PurchaseOptions | null {
  for (const [product, credits] of Object.entries(purchases?.products ?? {}))
    requireNumber(`purchases.products.${product}`, credits, 1, 10_000_000);
  return purchases;
}

function requireNumber(field: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw validationError(field, `is not a whole number from ${least} to ${most}`);
}
