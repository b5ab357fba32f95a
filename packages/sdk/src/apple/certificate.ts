import { type DerValue, derBytes, derContents, derTags, oidText, readDer } from "./der.ts";
import { importKey } from "./import-key.ts";

/** What is used of an X.509 certificate with a key on an elliptic curve. */
export interface Certificate {
  readonly whole: Uint8Array<ArrayBuffer>;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** In ms since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly key: CryptoKey;
  /** True for one that may sign others. */
  readonly isAuthority: boolean;
  /** The object identifiers of its extensions. */
  readonly extensions: ReadonlySet<string>;
  /** What is signed, how, and the signature: two integers in DER. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly hash: string;
  readonly signature: Uint8Array<ArrayBuffer>;
}

const ecPublicKey = "1.2.840.10045.2.1";
const basicConstraints = "2.5.29.19";
const curves: Readonly<Record<string, string>> = { "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384" };
const hashes: Readonly<Record<string, string>> = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
};

/**
 * Reads a certificate, without verifying anything.
 *
 * @param bytes DER
 * @returns the certificate
 * @throws RangeError when it is malformed, or of another kind of key · DOMException when the key is none
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export async function readCertificate(bytes: Uint8Array<ArrayBuffer>): Promise<Certificate> {
  const [outer, ...more] = readDer(bytes);
  const [body, algorithm, signature] = derContents(outer);
  const [version, , inner, issuer, validity, subject, keyInfo, ...others] = derContents(body);
  const [notBefore, notAfter] = derContents(validity).map(timeOf);
  const hash = hashes[oidText(derContents(algorithm)[0])];
  // What is signed names the algorithm too; else somebody could put another one outside.
  const agreed = equalBytes(inner?.whole, algorithm?.whole);
  if (!agreed || hash === undefined || more.length > 0 || version?.tag !== derTags.version)
    throw unsupported();
  if (body === undefined || notBefore === undefined || notAfter === undefined) throw unsupported();
  const extensions = extensionsOf(others.find(({ tag }) => tag === derTags.extensions));
  return {
    whole: bytes,
    issuer: derBytes(issuer, derTags.sequence),
    subject: derBytes(subject, derTags.sequence),
    ...{ notBefore, notAfter, hash },
    key: await keyOf(keyInfo),
    isAuthority: isAuthority(extensions.get(basicConstraints)),
    extensions: new Set(extensions.keys()),
    signed: body.whole,
    signature: bits(signature),
  };
}

/**
 * Tells whether a certificate was signed by another one's key.
 *
 * @param certificate that was signed
 * @param issuer whose key is asked
 * @returns true when the signature is right, and the issuer's name is the one that the certificate gives
 */
export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!equalBytes(certificate.issuer, issuer.subject)) return false;
  const { namedCurve } = issuer.key.algorithm as EcKeyAlgorithm;
  const size = namedCurve === "P-384" ? 48 : 32;
  const signature = new Uint8Array(2 * size);
  const [r, s, ...others] = derContents(readDer(certificate.signature)[0]);
  if (others.length > 0) return false;
  for (const [place, value] of [r, s].entries()) {
    const digits = derBytes(value, derTags.integer);
    // DER has a zero before a number whose first bit is set; Web Crypto wants both numbers in full width.
    const bare = digits.subarray(digits.findIndex((digit) => digit !== 0));
    if (bare.length > size) return false;
    signature.set(bare, (place + 1) * size - bare.length);
  }
  const { hash, signed } = certificate;
  return crypto.subtle.verify({ name: "ECDSA", hash }, issuer.key, signature, signed);
}

/**
 * Compares bytes that are no secret.
 *
 * @param one may be missing
 * @param other may be missing; then they are not equal
 * @returns true when both are there and the same
 */
export function equalBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && one.length === other?.length && one.every((byte, at) => byte === other[at]);
}

async function keyOf(info: DerValue | undefined): Promise<CryptoKey> {
  const [algorithm] = derContents(info);
  const [kind, curve] = derContents(algorithm);
  const namedCurve = curves[oidText(curve)];
  if (info === undefined || oidText(kind) !== ecPublicKey || namedCurve === undefined) throw unsupported();
  return importKey(() =>
    crypto.subtle.importKey("spki", info.whole, { name: "ECDSA", namedCurve }, false, ["verify"]),
  );
}

/** Each as identifier and content; an extension that is there twice is refused. */
function extensionsOf(value: DerValue | undefined): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  if (value === undefined) return found;
  for (const extension of derContents(derContents(value, derTags.extensions)[0])) {
    const parts = derContents(extension);
    const name = oidText(parts[0]);
    if (found.has(name)) throw unsupported();
    // Between them may stand whether it is critical.
    found.set(name, derBytes(parts.at(-1), derTags.octetString));
  }
  return found;
}

function isAuthority(constraints: Uint8Array<ArrayBuffer> | undefined): boolean {
  if (constraints === undefined) return false;
  const [flag] = derContents(readDer(constraints)[0]);
  return flag?.tag === derTags.boolean && flag.content[0] === 0xff;
}

function bits(value: DerValue | undefined): Uint8Array<ArrayBuffer> {
  const content = derBytes(value, derTags.bitString);
  if (content[0] !== 0) throw unsupported();
  return content.subarray(1);
}

/** Two digits of a year are of 1950 to 2049 (RFC 5280, section 4.1.2.5). */
function timeOf({ tag, content }: DerValue): number {
  const text = String.fromCharCode(...content);
  const year = tag === derTags.utcTime ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") : "";
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(`${year}${text}`) ?? [];
  const [years = Number.NaN, month = 0, ...rest] = parts.map(Number);
  const time = Date.UTC(years, month - 1, ...rest);
  if (Number.isNaN(time)) throw unsupported();
  return time;
}

function unsupported(): RangeError {
  return new RangeError("The certificate is malformed, or of a kind that is not supported.");
}
