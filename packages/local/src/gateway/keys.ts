/** A stack's keys: the new kind, the legacy JWTs, and the tokens that stand for them behind the gateway. */
export interface GatewayKeys {
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly anonKey: string;
  readonly serviceRoleKey: string;
}

/** What a request brought. Header values as Node gives them; null when absent. */
export interface Credentials {
  readonly apikey: string | null;
  readonly authorization: string | null;
  readonly userAgent: string | null;
}

/** The Authorization header to pass on, or the answer to give instead. */
export type KeyVerdict =
  | { readonly authorization: string }
  | { readonly status: 401; readonly body: { readonly message: string; readonly hint: string } };

/**
 * Decides as Supabase's gateway does: an `apikey` is required; it stands for its role unless the caller sent a
 * token of its own; an `sb_` key sent as Bearer counts only when it equals the apikey.
 *
 * @example swapKey({ apikey: keys.secretKey, authorization: null, userAgent: null }, keys);
 * // { authorization: "Bearer <service_role JWT>" }
 */
export function swapKey({ apikey, authorization, userAgent }: Credentials, keys: GatewayKeys): KeyVerdict {
  if (apikey === null || apikey === "") {
    return refusal("No API key found in request", "No `apikey` request header or url param was found.");
  }
  const token = tokenOf(apikey, keys);
  if (token === null) {
    return refusal("Invalid API key", "Double check your Supabase `anon` or `service_role` API key.");
  }
  if (apikey === keys.secretKey && userAgent !== null && /^Mozilla\//.test(userAgent)) {
    return refusal(
      "Forbidden use of secret API key in browser",
      "Secret API keys can only be used in a protected environment and should never be used in a browser.",
    );
  }
  if (authorization === null || authorization === `Bearer ${apikey}`)
    return { authorization: `Bearer ${token}` };
  return { authorization };
}

function tokenOf(apikey: string, keys: GatewayKeys): string | null {
  if (apikey === keys.publishableKey || apikey === keys.anonKey) return keys.anonKey;
  if (apikey === keys.secretKey || apikey === keys.serviceRoleKey) return keys.serviceRoleKey;
  return null;
}

function refusal(message: string, hint: string): KeyVerdict {
  return { status: 401, body: { message, hint } };
}
