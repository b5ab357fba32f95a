/** The handlers of all functions, made from the environment. Each function's index.ts serves one of them. */
import { createClient } from "@supabase/supabase-js";
import { VidopsError, validationError } from "@vidops/core/errors";
import { createSupabaseVideoStore, type VideoProviders } from "@vidops/core/jobs";
import { createFal, createPika, createRunway, developmentFetch } from "@vidops/core/providers";
import { createAppleDeviceCheck, createAppleStoreVerifier } from "@vidops/sdk/apple";
import {
  allowSettings,
  createHandlers,
  type DeviceAttestation,
  developmentAttestation,
  type Handlers,
  type PurchaseOptions,
} from "@vidops/sdk/server";
import * as settings from "./settings.ts";

const { url, isLocal, trust, publishableKey, secretKey, developmentProviderUrl } = settings;
/** All guests of one machine have its address; and where no address is known, all guests of the world. */
const deviceCheck = isLocal
  ? []
  : trust === "none" && ([{ per: "user", maxRequests: 10, windowMinutes: 60 }] as const);
const isOffline = developmentProviderUrl !== undefined;
const fetch = isOffline ? developmentFetch(developmentProviderUrl) : globalThis.fetch;
const stateless = { auth: { persistSession: false, autoRefreshToken: false } };
const db = createClient(url, secretKey, stateless);

export const handlers: Handlers = createHandlers({
  ...{ url, key: publishableKey, db, auth: createClient(url, publishableKey, stateless).auth },
  providers: providers(),
  store: createSupabaseVideoStore(db.storage, { fetch, allowLoopback: isOffline }),
  attestation: attestation(),
  initialCredits: settings.initialCredits,
  ...(settings.allowedSettings && { checkSettings: allowSettings(...settings.allowedSettings) }),
  purchases: purchases(),
  // The adapters take https only; the development provider knows that this machine speaks none.
  ...(isOffline && { webhookUrl: `https://${new URL(url).host}/functions/v1/provider-webhook` }),
  trust,
  ...(deviceCheck && { limits: { deviceCheck } }),
  waitUntil: (work) => {
    (globalThis as { EdgeRuntime?: { waitUntil(work: Promise<unknown>): void } }).EdgeRuntime?.waitUntil(
      work,
    );
  },
});

/** Those that there are keys for. */
function providers(): VideoProviders {
  const { falKey, runwayKey } = settings;
  const webhookUserId = isOffline ? "development" : settings.falWebhookUserId;
  const fal = falKey === undefined ? null : { apiKey: falKey, webhookUserId, http: { fetch } };
  return {
    ...(fal !== null && { fal: createFal(fal), pika: createPika(fal) }),
    ...(runwayKey !== undefined && { runway: createRunway({ apiKey: runwayKey }) }),
  };
}

/** Apple's where its key is set. Without one every device id would be believed: that is for this machine only. */
function attestation(): DeviceAttestation {
  const { teamId, keyId, privateKey } = settings.apple;
  if (teamId && keyId && privateKey) return createAppleDeviceCheck({ teamId, keyId, privateKey });
  if (isLocal) return developmentAttestation({ url });
  return {
    check: async () => {
      throw new VidopsError({
        ...{ code: "ERR_6003", reason: "misconfigured", message: "No attestation of devices is set up." },
        hint: "Set APPLE_TEAM_ID, APPLE_KEY_ID and APPLE_PRIVATE_KEY: supabase secrets set …",
      });
    },
  };
}

/** The App Store's, where the app's products are set. */
function purchases(): PurchaseOptions | null {
  const { bundleId, rootCertificates, products } = settings.appStore;
  if (bundleId === undefined) return null;
  if (Object.keys(products).length === 0)
    throw validationError("VIDOPS_PRODUCTS", "is empty", "Say how many credits each product gives.");
  return { verifier: createAppleStoreVerifier({ bundleId, rootCertificates }), products };
}
