import { jwtClaims } from "@vidops/core/database";
import { type Certificate, equalBytes, isSignedBy, readCertificate } from "./certificate.ts";

/** What Apple's own certificates carry: the one that signs purchases, and the one between it and the root. */
const signingExtension = "1.2.840.113635.100.6.11.1";
const intermediateExtension = "1.2.840.113635.100.6.2.1";

/** How far Apple's clock may be before ours, in ms. */
const toleranceMs = 5 * 60_000;

/**
 * Verifies what the App Store signed: the signature, and the certificates from the key that made it up to a root that is trusted.
 * They have to have been valid when it was signed. Whether one was revoked is not asked.
 *
 * @param signed a JWS of StoreKit 2 or of the App Store Server API
 * @param trust the root certificates, and the wall clock in ms
 * @returns the claims, or null when Apple did not sign it
 * @see https://developer.apple.com/documentation/appstoreserverapi/jwsdecodedheader
 */
export async function verifySignedData(
  signed: string,
  { roots, now }: { readonly roots: readonly Uint8Array[]; readonly now: () => number },
): Promise<Record<string, unknown> | null> {
  const [head = "", body = "", signature = ""] = signed.split(".");
  // A header is written as claims are.
  const header = jwtClaims(`e30.${head}.`);
  const claims = jwtClaims(signed);
  const signedAt = claims?.signedDate;
  if (header?.alg !== "ES256" || typeof signedAt !== "number" || signedAt > now() + toleranceMs) return null;
  try {
    const [leaf, intermediate, root, ...others] = await certificatesOf(header.x5c);
    if (leaf === undefined || intermediate === undefined || root === undefined || others.length > 0)
      return null;
    const trusted =
      roots.some((known) => equalBytes(known, root.whole)) &&
      intermediate.isAuthority &&
      intermediate.extensions.has(intermediateExtension) &&
      leaf.extensions.has(signingExtension) &&
      [leaf, intermediate, root].every(
        ({ notBefore, notAfter }) => notBefore <= signedAt && signedAt <= notAfter,
      ) &&
      (await isSignedBy(intermediate, root)) &&
      (await isSignedBy(leaf, intermediate));
    if (!trusted) return null;
    const text = new TextEncoder().encode(`${head}.${body}`);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    return (await crypto.subtle.verify(algorithm, leaf.key, fromBase64(signature), text)) ? claims : null;
  } catch {
    // What is no certificate, no key or no base64 was not signed by Apple.
    return null;
  }
}

async function certificatesOf(chain: unknown): Promise<Certificate[]> {
  const certificates: Certificate[] = [];
  if (!Array.isArray(chain) || chain.length !== 3) return certificates;
  // One after another: of several at once the second to fail would have nobody who takes its rejection.
  for (const text of chain as readonly unknown[])
    certificates.push(await readCertificate(fromBase64(String(text))));
  return certificates;
}

/**
 * Reads base64, of either alphabet.
 *
 * @param text without line breaks
 * @returns the bytes
 * @throws DOMException when it is none
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
