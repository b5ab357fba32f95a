/**
 * Imports a key, and tries a second time: Node 24 takes an error that OpenSSL kept from something else, such as a broken TLS
 * connection, for one of the import.
 *
 * @param attempt imports the key
 * @returns the key
 * @throws what the second attempt rejects with
 * @example
 * ```ts
 * await importKey(() => crypto.subtle.importKey("spki", bytes, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]));
 * ```
 */
export function importKey(attempt: () => Promise<CryptoKey>): Promise<CryptoKey> {
  return attempt().catch(attempt);
}
