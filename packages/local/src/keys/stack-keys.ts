import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import type { GatewayKeys } from "../gateway/keys.ts";
import type { RolePasswords } from "../postgres/roles.ts";

/** All secrets of one stack. */
export interface StackKeys extends GatewayKeys {
  readonly jwtSecret: string;
  readonly passwords: RolePasswords;
  readonly accountPasswords: { readonly admin: string; readonly secondAdmin: string; readonly user: string };
}

/** What a token says. */
export interface TokenClaims {
  /** The user's id; absent for a token that stands for a role only. */
  readonly sub?: string;
  readonly role?: "anon" | "authenticated" | "service_role";
  /** Seconds from now, 3600 unless said; a negative number makes an expired token. */
  readonly expiresIn?: number;
  readonly email?: string;
  /** More claims, as they are. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Makes the secrets of a new stack. Random: two stacks never accept each other's keys. */
export async function generateKeys(): Promise<StackKeys> {
  const jwtSecret = randomBytes(32).toString("base64url");
  const tenYears = 10 * 365 * 24 * 3600;
  const claims = { iss: "supabase-local", ref: "local" };
  const [anonKey, serviceRoleKey] = await Promise.all([
    signToken(jwtSecret, { role: "anon", expiresIn: tenYears, claims }),
    signToken(jwtSecret, { role: "service_role", expiresIn: tenYears, claims }),
  ]);
  return {
    jwtSecret,
    anonKey,
    serviceRoleKey,
    publishableKey: `sb_publishable_${secret(16)}_${secret(6)}`,
    secretKey: `sb_secret_${secret(16)}_${secret(6)}`,
    passwords: {
      supabase_admin: secret(24),
      postgres: secret(24),
      authenticator: secret(24),
      supabase_auth_admin: secret(24),
    },
    accountPasswords: { admin: secret(18), secondAdmin: secret(18), user: secret(18) },
  };
}

/**
 * Signs a token that the stack's services accept.
 *
 * @example await signToken(jwtSecret, { sub: userId }); // as that user, for an hour
 */
export async function signToken(jwtSecret: string, claims: TokenClaims = {}): Promise<string> {
  const { sub, role = "authenticated", expiresIn = 3600, email, claims: more = {} } = claims;
  const now = Math.floor(Date.now() / 1000);
  const jwt = new SignJWT({
    role,
    ...(role === "authenticated" ? { aud: role } : {}),
    ...(email === undefined ? {} : { email }),
    ...more,
  })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(Math.min(now, now + expiresIn))
    .setExpirationTime(now + expiresIn);
  if (sub !== undefined) jwt.setSubject(sub);
  return jwt.sign(new TextEncoder().encode(jwtSecret));
}

/** Random text of URL-safe characters, from so many random bytes. */
export function secret(bytes: number): string {
  return randomBytes(bytes).toString("base64url").replaceAll("-", "A").replaceAll("_", "B");
}
