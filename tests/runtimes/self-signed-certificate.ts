import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * Makes a certificate for 127.0.0.1 that nobody trusts, with its key: made for each run, so that no key lies in the
 * repository and nothing expires.
 *
 * @returns both as PEM, as `tls.createServer` takes them
 * @see RFC 5280 section 4.1 for the structure
 * @example
 * ```ts
 * tls.createServer(selfSignedCertificate());
 * ```
 */
export function selfSignedCertificate(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(SEQUENCE, Buffer.from("06082a8648ce3d040302", "hex"));
  const commonName = Buffer.from("0603550403", "hex");
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, commonName, der(UTF8_STRING, Buffer.from("vidops tests")))),
  );
  const day = 24 * 60 * 60 * 1_000;
  const subjectAltName = Buffer.from("0603551d11", "hex");
  const loopback = der(IP_ADDRESS, Buffer.from([127, 0, 0, 1]));
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    // A first bit of 1 would make it negative.
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    der(SEQUENCE, utcTime(Date.now() - day), utcTime(Date.now() + day)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS, der(SEQUENCE, der(SEQUENCE, subjectAltName, der(OCTETS, der(SEQUENCE, loopback))))),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]);
  const certificate = der(SEQUENCE, body, ecdsaWithSha256, der(BITS, signature)).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
  };
}

const [INTEGER, BITS, OCTETS, UTF8_STRING, UTC_TIME, SEQUENCE, SET] = [2, 3, 4, 12, 23, 48, 49];
const [IP_ADDRESS, VERSION, EXTENSIONS] = [0x87, 0xa0, 0xa3];

/** One value of ASN.1: a tag, a length, the parts. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** `YYMMDDHHMMSSZ`. */
function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\D/g, "").slice(2, 14);
  return der(UTC_TIME, Buffer.from(`${digits}Z`));
}
