import { base64url } from "../../server/base64url.ts";

// DER is written here by hand, so that a certificate can be wrong in one thing at a time.

type Bytes = Uint8Array<ArrayBuffer>;

function der(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Uint8Array.from([tag, ...length, ...parts.flatMap((part) => [...part])]);
}

function oid(text: string): Bytes {
  const [first = 0, second = 0, ...others] = text.split(".").map(Number);
  const digits = (arc: number): number[] =>
    arc < 0x80 ? [arc] : [...digits(Math.floor(arc / 128)).map((digit) => digit | 0x80), arc % 128];
  return der(0x06, Uint8Array.from([40 * first + second, ...others.flatMap(digits)]));
}

const integer = (bytes: Uint8Array): Bytes => {
  const bare = bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    ),
  );
  return der(0x02, Uint8Array.from((bare[0] ?? 0) < 0x80 ? bare : [0, ...bare]));
};
const name = (text: string): Bytes =>
  der(0x30, der(0x31, der(0x30, oid("2.5.4.3"), der(0x0c, new TextEncoder().encode(text)))));
const time = (ms: number): Bytes => {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return der(0x17, new TextEncoder().encode(text.slice(2)));
};

/** A key with its certificate. */
export interface Signer {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly certificate: Bytes;
}

/** What a certificate says. */
export interface CertificatePlan {
  readonly name: string;
  readonly curve?: "P-256" | "P-384";
  /** Who signs; default: itself. */
  readonly by?: Signer;
  readonly authority?: boolean;
  /** The object identifiers of its extensions. */
  readonly extensions?: readonly string[];
  /** In ms from now. */
  readonly from?: number;
  readonly until?: number;
}

const day = 86_400_000;
const hashOf = { "P-256": "SHA-256", "P-384": "SHA-384" } as const;
const signatureOid = { "SHA-256": "1.2.840.10045.4.3.2", "SHA-384": "1.2.840.10045.4.3.3" } as const;

/** Makes a key and has its certificate signed. */
export async function makeSigner(plan: CertificatePlan): Promise<Signer> {
  const { curve = "P-384", by, from = -30 * day, until = 300 * day } = plan;
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: curve }, true, [
    "sign",
    "verify",
  ]);
  const signing = by?.keys ?? keys;
  const signingCurve = (signing.publicKey.algorithm as EcKeyAlgorithm).namedCurve as keyof typeof hashOf;
  const hash = hashOf[signingCurve];
  const algorithm = der(0x30, oid(signatureOid[hash]));
  const basic = plan.authority
    ? [
        der(
          0x30,
          oid("2.5.29.19"),
          der(0x01, Uint8Array.of(0xff)),
          der(0x04, der(0x30, der(0x01, Uint8Array.of(0xff)))),
        ),
      ]
    : [];
  const marks = (plan.extensions ?? []).map((mark) =>
    der(0x30, oid(mark), der(0x04, Uint8Array.of(0x05, 0))),
  );
  const extensions = [...basic, ...marks];
  const body = der(
    0x30,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    integer(crypto.getRandomValues(new Uint8Array(8))),
    algorithm,
    name(by?.name ?? plan.name),
    der(0x30, time(Date.now() + from), time(Date.now() + until)),
    name(plan.name),
    new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)),
    ...(extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : []),
  );
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash }, signing.privateKey, body));
  const half = raw.length / 2;
  const signature = der(0x30, integer(raw.subarray(0, half)), integer(raw.subarray(half)));
  const certificate = der(0x30, body, algorithm, der(0x03, Uint8Array.of(0), signature));
  return { name: plan.name, keys, certificate };
}

/** What Apple's certificates carry. */
export const marks = { leaf: "1.2.840.113635.100.6.11.1", intermediate: "1.2.840.113635.100.6.2.1" } as const;

/** An App Store of our own. */
export interface AppStore {
  readonly root: Signer;
  readonly intermediate: Signer;
  readonly leaf: Signer;
}

/** Makes root, intermediate and leaf, with changes to each. */
export async function openAppStore(
  change: Partial<Record<keyof AppStore, Partial<CertificatePlan>>> = {},
): Promise<AppStore> {
  const root = await makeSigner({ name: "Root G3", authority: true, ...change.root });
  const intermediate = await makeSigner({
    ...{ name: "Worldwide Developer Relations", by: root, authority: true, extensions: [marks.intermediate] },
    ...change.intermediate,
  });
  const leaf = await makeSigner({
    ...{ name: "Store signing", curve: "P-256", by: intermediate, extensions: [marks.leaf] },
    ...change.leaf,
  });
  return { root, intermediate, leaf };
}

/** Certificates as a root is configured. */
export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** A purchase, as the App Store signs it. */
export async function signPurchase(
  { root, intermediate, leaf }: AppStore,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const x5c = [leaf, intermediate, root].map(({ certificate }) => base64(certificate));
  const payload = {
    ...{ transactionId: "2000000123456789", productId: "credits.50", bundleId: "com.example.app" },
    ...{ environment: "Production", type: "Consumable", quantity: 1, signedDate: Date.now(), ...claims },
  };
  const text = [{ alg: "ES256", x5c, ...header }, payload]
    .map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))))
    .join(".");
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const bytes = await crypto.subtle.sign(algorithm, leaf.keys.privateKey, new TextEncoder().encode(text));
  return `${text}.${base64url(new Uint8Array(bytes))}`;
}
