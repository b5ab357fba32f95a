/** What the functions take from their environment: what Supabase sets, and the secrets of the project. */
import { validationError } from "@vidops/core/errors";
import { isTrustPreset, type Trust } from "@vidops/core/rate-limit";

/** What is used of Deno. */
declare const Deno: { env: { get(name: string): string | undefined } };

/** A secret that is not set, or blank, is none. */
function secret(name: string): string | undefined {
  return Deno.env.get(name)?.trim() || undefined;
}

/** An object as JSON. What is wrong with it is said without a word of it: it may be a key. */
function jsonOf<T extends object>(name: string): Partial<T> {
  let value: unknown;
  try {
    value = JSON.parse(Deno.env.get(name)?.trim() || "{}");
  } catch {
    // Said below.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Partial<T>;
  throw validationError(name, "is no JSON object");
}

/** Supabase sets both: the keys of today by name, as JSON, and the ones they replace. */
function key(name: string, legacy: string): string {
  const found = jsonOf<{ default: string }>(name).default ?? Deno.env.get(legacy);
  if (found) return found;
  throw validationError(
    name,
    "is missing",
    "Supabase sets it for Edge Functions; elsewhere it has to be set.",
  );
}

export const url: string = secret("SUPABASE_URL") ?? "";

/** Set by the local stack alone: a provider on this machine that costs nothing. */
export const developmentProviderUrl: string | undefined = secret("VIDOPS_DEVELOPMENT_PROVIDER_URL");

const isLoopback = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/?$/.test(url);
/** Whether all of it runs on this machine, as with `vidops local start`; a server of one's own may have such an address too. */
export const isLocal: boolean = isLoopback && secret("VIDOPS_LOCAL") === "1";
if (developmentProviderUrl !== undefined && !isLoopback)
  throw validationError(
    "VIDOPS_DEVELOPMENT_PROVIDER_URL",
    "is for a stack on this machine only",
    "Unset it.",
  );

export const publishableKey: string = key("SUPABASE_PUBLISHABLE_KEYS", "SUPABASE_ANON_KEY");
export const secretKey: string = key("SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY");

/** What a new user is given, once a user and once a device. */
export const initialCredits: number = Number(secret("VIDOPS_INITIAL_CREDITS") ?? 10);

/** `<id>:<secret>` of fal's dashboard; Pika's models go through fal as well. */
export const falKey: string | undefined = secret("FAL_KEY");
/** The account whose webhooks count: `X-Fal-Webhook-User-Id`. fal signs those of all its customers with the same keys. */
export const falWebhookUserId: string | undefined = secret("FAL_WEBHOOK_USER_ID");
export const runwayKey: string | undefined = secret("RUNWAYML_API_SECRET");

/** A key for DeviceCheck of Apple's developer portal. */
export const apple = {
  teamId: secret("APPLE_TEAM_ID"),
  keyId: secret("APPLE_KEY_ID"),
  privateKey: secret("APPLE_PRIVATE_KEY"),
} as const;

/** The fields of a model's input that users may set, by the provider's names, with commas between; those that cost nothing where none are. */
export const allowedSettings: readonly string[] | undefined =
  secret("VIDOPS_ALLOWED_SETTINGS")?.split(/\s*,\s*/);

/** What is sold in the App Store: the app, Apple's root certificate in PEM or base64, and the credits of each product as JSON. */
export const appStore = {
  bundleId: secret("APPLE_BUNDLE_ID"),
  rootCertificates: [secret("APPLE_ROOT_CERTIFICATE") ?? ""],
  products: jsonOf<Record<string, number>>("VIDOPS_PRODUCTS") as Readonly<Record<string, number>>,
} as const;

/**
 * Who is believed about a client's address: the name of a preset, or the number of proxies of one's own. What Supabase hosts stands
 * behind Cloudflare; elsewhere anybody could write that header.
 */
export const trust: Trust = trustOf(secret("VIDOPS_TRUST"));

function trustOf(text: string | undefined): Trust {
  if (text === undefined)
    return isLocal || new URL(url).hostname.endsWith(".supabase.co") ? "supabase" : "none";
  if (/^\d+$/.test(text)) return { hops: Number(text) };
  if (isTrustPreset(text)) return text;
  throw validationError("VIDOPS_TRUST", "is neither a preset nor a number of proxies", "E.g. nginx, or 1.");
}
