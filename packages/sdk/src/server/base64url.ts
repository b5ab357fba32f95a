/**
 * Writes bytes as text that is safe in a URL and a header.
 *
 * @param bytes any
 * @returns base64url without padding (RFC 4648 section 5)
 * @example
 * ```ts
 * base64url(new Uint8Array([255, 254])); // "__4"
 * ```
 */
export function base64url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
