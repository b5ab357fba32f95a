/** What the functions take from their environment: what Supabase sets, and the secrets of the project. */

/** What is used of Deno. */
declare const Deno: { env: { get(name: string): string | undefined } };

/** Supabase sets both: the keys of today by name, as JSON, and the ones they replace. */
function key(name: string, legacy: string): string {
  const keys = JSON.parse(Deno.env.get(name) || "{}") as { default?: string };
  return keys.default ?? Deno.env.get(legacy) ?? "";
}

/** A secret that is not set, or empty, is none. */
function secret(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

export const url: string = Deno.env.get("SUPABASE_URL") ?? "";
/** Whether all of it runs on this machine, as with `vidops local start`. */
export const isLocal: boolean = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/?$/.test(url);
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

/** What is sold in the App Store: the app, Apple's root certificate in PEM or base64, and the credits of each product as JSON. */
export const appStore = {
  bundleId: secret("APPLE_BUNDLE_ID"),
  rootCertificates: [secret("APPLE_ROOT_CERTIFICATE") ?? ""],
  products: JSON.parse(secret("VIDOPS_PRODUCTS") ?? "{}") as Readonly<Record<string, number>>,
} as const;

/** Set by the local stack alone: a provider on this machine that costs nothing. */
export const developmentProviderUrl: string | undefined = secret("VIDOPS_DEVELOPMENT_PROVIDER_URL");
