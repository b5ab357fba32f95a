import { CommandError } from "../command-error.ts";
import type { Sourced } from "./sourced.ts";

export type KeyKind = "secret" | "publishable" | "service_role" | "anon" | "other";

export interface KeyDescription {
  readonly kind: KeyKind;
  /** The project that a legacy key or a user's token was made for, when it says so. */
  readonly projectRef: string | null;
  /** When a token ends, in seconds since 1970, when it says so. */
  readonly expiresAt: number | null;
  /** Whose token it is, when it says so. */
  readonly subject: string | null;
  /** Safe to print: the kind and the last four characters. */
  readonly masked: string;
}

/**
 * What a key or token says of itself, without trusting it.
 * @example describeKey("sb_secret_0123456789abcd").masked // "sb_secret_…abcd"
 */
export function describeKey(key: string): KeyDescription {
  const tail = key.length >= 16 ? key.slice(-4) : "";
  if (key.startsWith("sb_secret_")) return known("secret", `sb_secret_…${tail}`);
  if (key.startsWith("sb_publishable_")) return known("publishable", `sb_publishable_…${tail}`);
  const claims = readClaims(key);
  if (claims === null) return known("other", `…${tail}`);
  const role = claims.role;
  // A legacy key says `ref`; a user's token says only who issued it.
  const issuer = /^https:\/\/([a-z0-9]+)\.supabase\.(?:co|in)\/auth\/v1$/.exec(String(claims.iss));
  const kind = role === "service_role" || role === "anon" ? role : "other";
  return {
    kind,
    projectRef: typeof claims.ref === "string" ? claims.ref : (issuer?.[1] ?? null),
    expiresAt: typeof claims.exp === "number" ? claims.exp : null,
    subject: typeof claims.sub === "string" ? claims.sub : null,
    masked: `eyJ…${tail}${kind === "other" ? "" : ` (${kind})`}`,
  };
}

/**
 * @throws CommandError CLI_CONFIG (exit 2) for a key that cannot be sent: too short, or with a line break in it.
 */
export function requireKeyCharacters({ value, source }: Sourced<string>): void {
  if (/^[\x21-\x7e]{8,}$/.test(value)) return;
  throw new CommandError(
    "CLI_CONFIG",
    `${source} does not hold a key: it is too short or has characters no key has.`,
    { hint: "Copy it again from Project Settings, API Keys.", reason: "malformed_key" },
  );
}

/**
 * Checks a key that is kept and sent as no secret.
 * @throws CommandError CLI_CONFIG (exit 2) for a secret one, and for none that can be sent.
 */
export function requirePublishableKey(key: Sourced<string>): void {
  requireKeyCharacters(key);
  const { kind } = describeKey(key.value);
  if (kind !== "secret" && kind !== "service_role") return;
  throw new CommandError(
    "CLI_CONFIG",
    `${key.source} holds a ${kind} key; the publishable one belongs there.`,
    {
      hint: "Copy the publishable key from Project Settings, API Keys.",
      reason: "secret_as_publishable",
    },
  );
}

function known(kind: KeyKind, masked: string): KeyDescription {
  return { kind, masked, projectRef: null, expiresAt: null, subject: null };
}

function readClaims(token: string): Record<string, unknown> | null {
  const payload = /^eyJ[\w-]*\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
