/** What a Supabase key is. `unknown` is neither of the new form nor a JWT. */
export type KeyKind = "publishable" | "secret" | "anon" | "service_role" | "user_token" | "unknown";

/**
 * Tells what kind of key or token a text is, without checking that it is valid.
 *
 * @param key a Supabase API key (new or legacy) or a user's access token
 * @returns its kind; a JWT is told by its `role` claim
 * @example
 * ```ts
 * keyKind("sb_secret_abc"); // "secret"
 * ```
 */
export function keyKind(key: string): KeyKind {
  if (key.startsWith("sb_publishable_")) return "publishable";
  if (key.startsWith("sb_secret_")) return "secret";
  const claims = jwtClaims(key);
  if (claims === null) return "unknown";
  if (claims.role === "anon" || claims.role === "service_role") return claims.role;
  return "user_token";
}

/**
 * Reads the claims of a JWT without checking its signature.
 *
 * @param token a JWT
 * @returns its claims, or null when it is not a JWT
 * @example
 * ```ts
 * const expiry = jwtClaims(token)?.["exp"]; // seconds since 1970
 * ```
 */
export function jwtClaims(token: string): Record<string, unknown> | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (payload === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
