import { objectOf } from "./answer-error.ts";
import { tokenClaims } from "./token-claims.ts";

/** The tokens of one session. */
export interface Tokens {
  readonly accessToken: string;
  /** What a new access token is got for; null when there is none, e.g. of a token that a server was sent. */
  readonly refreshToken: string | null;
  /** When the access token ends, in milliseconds since 1970 by this device's clock; null when that is not known. */
  readonly expiresAt: number | null;
}

/** Who a session belongs to. */
export interface SessionUser {
  readonly userId: string;
  /** True for an anonymous user. */
  readonly isGuest: boolean;
}

/**
 * Reads who an access token belongs to.
 *
 * @param tokens of a session
 * @returns id and kind; an empty id for a token that cannot be read
 */
export function userOf({ accessToken }: Pick<Tokens, "accessToken">): SessionUser {
  const claims = tokenClaims(accessToken);
  return { userId: String(claims?.sub ?? ""), isGuest: claims?.is_anonymous === true };
}

/**
 * Reads a session as Auth answers it, or as it was kept.
 *
 * @param value of Auth: `access_token`, `refresh_token`, `expires_in`; kept: also `expires_at_ms`
 * @param now the time now, in milliseconds
 * @returns the tokens, or null when it holds none
 */
export function readTokens(value: unknown, now: number): Tokens | null {
  const session = objectOf(value);
  if (typeof session?.access_token !== "string") return null;
  const { access_token: accessToken, refresh_token, expires_in, expires_at_ms } = session;
  return {
    accessToken,
    refreshToken: typeof refresh_token === "string" ? refresh_token : null,
    // By the time left, not by Auth's clock: that of a phone may be off by hours.
    expiresAt: Number(expires_at_ms ?? now + Number(expires_in) * 1_000) || null,
  };
}

/** Writes tokens so that {@link readTokens} reads them. */
export function writeTokens({ accessToken, refreshToken, expiresAt }: Tokens): string {
  return JSON.stringify({ access_token: accessToken, refresh_token: refreshToken, expires_at_ms: expiresAt });
}
