import { validationError } from "@vidops/core/errors";
import { base64url } from "../server/base64url.ts";
import { importKey } from "./import-key.ts";

/** A key of Apple's developer pages, and whose it is. */
export interface SigningKey {
  /** Ten letters and digits: the team's id. */
  readonly teamId: string;
  /** Ten letters and digits: the key's id. */
  readonly keyId: string;
  /** The whole text of the `.p8` file: PKCS #8 in PEM. */
  readonly privateKey: string;
}

/** For how long one token is used, in milliseconds: Apple takes it for an hour. */
const lifetimeMs = 20 * 60_000;

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * Makes what signs the tokens that Apple's services take: JWTs of ES256, each used for 20 minutes.
 *
 * @param key of Apple's developer pages
 * @param now the wall clock, in milliseconds since 1970
 * @returns gives a token; it rejects with a ValidationError when the key is no P-256 key
 * @throws ValidationError ERR_4008 for an id or a key that is malformed
 * @example
 * ```ts
 * const token = tokenSigner({ teamId: "SE9N6X5V7C", keyId: "GG8TWG834Q", privateKey });
 * headers.set("authorization", `Bearer ${await token()}`);
 * ```
 * @see https://developer.apple.com/documentation/devicecheck/accessing-and-modifying-per-device-data
 */
export function tokenSigner(
  { teamId, keyId, privateKey }: SigningKey,
  now: () => number = Date.now,
): () => Promise<string> {
  for (const [field, value] of Object.entries({ teamId, keyId })) {
    if (!/^[0-9A-Z]{10}$/.test(value))
      throw validationError(field, "is not ten letters and digits", "Copy it from Apple's developer pages.");
  }
  const bytes = pemBytes(privateKey);
  let imported: Promise<CryptoKey> | null = null;
  let kept: { readonly token: string; readonly until: number } | null = null;
  return async () => {
    if (kept !== null && now() < kept.until) return kept.token;
    imported ??= importKey(() => crypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"])).catch(
      () => {
        throw noKey();
      },
    );
    const issued = now();
    const text = [
      { alg: "ES256", kid: keyId, typ: "JWT" },
      { iss: teamId, iat: Math.floor(issued / 1_000) },
    ]
      .map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))))
      .join(".");
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      await imported,
      new TextEncoder().encode(text),
    );
    const token = `${text}.${base64url(new Uint8Array(signature))}`;
    kept = { token, until: issued + lifetimeMs };
    return token;
  };
}

function pemBytes(pem: string): Uint8Array<ArrayBuffer> {
  // Environments often keep a file's line breaks as the two characters \n.
  const [, body] =
    /^\s*-----BEGIN PRIVATE KEY-----([\w+/=\s]+)-----END PRIVATE KEY-----\s*$/.exec(
      pem.replaceAll("\\n", "\n"),
    ) ?? [];
  try {
    return Uint8Array.from(atob((body ?? "?").replaceAll(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    throw noKey();
  }
}

function noKey(): Error {
  return validationError(
    "privateKey",
    "is no P-256 key in PKCS #8",
    "Give the whole text of Apple's .p8 file.",
  );
}
