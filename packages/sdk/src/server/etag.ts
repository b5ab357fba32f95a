import { base64url } from "./base64url.ts";

/**
 * Makes the strong entity tag of a body: the same bytes have the same tag, wherever they are made.
 *
 * @param body the bytes that are sent, before any compression
 * @returns a quoted SHA-256 in base64url
 * @example
 * ```ts
 * const etag = await entityTag(body);
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
 */
export async function entityTag(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", body)))}"`;
}

/** Browsers and caches send one to a few tags. */
const longestHeader = 4_096;

/**
 * Tells whether an `If-None-Match` header names an entity tag: alone, in a list, weak or not, or as `*`.
 *
 * @param header the header's value, or null; what is malformed or longer than 4,096 characters matches nothing, so that the
 *   client gets the whole answer
 * @param etag the tag of what would be sent
 * @returns true when the client has it
 * @example
 * ```ts
 * matchesEntityTag('"a", W/"b"', '"b"'); // true
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesEntityTag(header: string | null, etag: string): boolean {
  if (header === null || header.length > longestHeader) return false;
  if (header.trim() === "*") return true;
  // Weak comparison: what stands in quotes decides (section 8.8.3.2). A comma may stand in quotes too.
  return [...header.matchAll(/(?:^|,)[ \t]*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/g)].some(
    ([, tag]) => tag === etag,
  );
}
