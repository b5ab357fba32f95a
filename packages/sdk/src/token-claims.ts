/** What the client reads in an access token. It is the server that verifies it. */
export interface TokenClaims {
  readonly sub?: unknown;
  readonly role?: unknown;
  /** Seconds since 1970, by Auth's clock. */
  readonly exp?: unknown;
  readonly is_anonymous?: unknown;
}

/**
 * Reads the claims of a JWT without verifying it.
 *
 * @param token a JWT
 * @returns its claims, or null when it is none. Letters outside ASCII come out wrong: no claim that is read here has any
 * @example
 * ```ts
 * tokenClaims(accessToken)?.sub; // the user's id
 * ```
 */
export function tokenClaims(token: string): TokenClaims | null {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  try {
    // No TextDecoder, which not every React Native has.
    const claims: unknown = JSON.parse(atob((payload ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    return typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}
