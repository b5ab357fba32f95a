/**
 * Writes a value as text that a caller hands back as it is: safe in a URL and on a command line.
 *
 * @param value anything that JSON holds
 * @returns base64url without padding (RFC 4648 section 5)
 * @example
 * ```ts
 * readCursorText(writeCursorText(["errors1", "42"]), 500); // ["errors1", "42"]
 * ```
 */
export function writeCursorText(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/**
 * Reads what {@link writeCursorText} wrote.
 *
 * @param text what the caller handed back
 * @param maxLength in characters
 * @returns the value, or undefined when it is too long or damaged
 */
export function readCursorText(text: unknown, maxLength: number): unknown {
  if (typeof text !== "string" || text.length > maxLength || !/^[\w-]+$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
