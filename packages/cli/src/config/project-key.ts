export type KeyKind = "secret" | "publishable" | "service_role" | "anon" | "other";

export interface KeyDescription {
  readonly kind: KeyKind;
  /** The project a legacy key was made for, when it says so. */
  readonly projectRef: string | null;
  /** When a token ends, in seconds since 1970, when it says so. */
  readonly expiresAt: number | null;
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
  const kind = role === "service_role" || role === "anon" ? role : "other";
  return {
    kind,
    projectRef: typeof claims.ref === "string" ? claims.ref : null,
    expiresAt: typeof claims.exp === "number" ? claims.exp : null,
    masked: `eyJ…${tail}${kind === "other" ? "" : ` (${kind})`}`,
  };
}

function known(kind: KeyKind, masked: string): KeyDescription {
  return { kind, masked, projectRef: null, expiresAt: null };
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
