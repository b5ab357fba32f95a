import { validationError } from "@vidops/core/errors";

/**
 * Reads the header `Idempotency-Key`: a quoted string, as the IETF draft has it, or the bare word that most clients send.
 * Both spell the same key.
 *
 * @param headers of the request
 * @returns the key, or null when there is none
 * @throws ValidationError ERR_4008 when it is malformed, longer than 200 characters, or sent twice
 * @example
 * ```ts
 * idempotencyKey(new Headers({ "idempotency-key": '"8e03978e"' })); // "8e03978e"
 * ```
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/ section 2.1
 */
export function idempotencyKey(headers: Headers): string | null {
  const header = headers.get("idempotency-key")?.trim();
  if (header === undefined) return null;
  // RFC 9651: within quotes, a quote or backslash stands behind a backslash. Two headers are joined by a comma.
  const quoted = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
    .exec(header)?.[1]
    ?.replace(/\\(.)/g, "$1");
  const key = quoted ?? (/^[^",\\]*$/.test(header) ? header : "");
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?$/.test(key)) return key;
  throw validationError(
    "Idempotency-Key",
    "is malformed, or sent twice",
    "Send 1 to 200 printable ASCII characters, quoted if there is a comma among them.",
  );
}

/**
 * Makes the key of a request that came without one: the same content has the same key, whoever sends it and whenever.
 *
 * @param content all that the request asks for
 * @returns `content:` and a SHA-256 in hex
 * @example
 * ```ts
 * await contentKey(["refund", userId, 5, "The video never arrived"]);
 * ```
 */
export async function contentKey(content: readonly unknown[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(content));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `content:${Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
