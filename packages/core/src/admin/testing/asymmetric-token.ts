/** A project's signing key, as Auth has it. */
export interface Signer {
  /** What the project publishes. */
  readonly publicKey: JsonWebKey & { readonly kid: string };
  /** Signs claims of an hour; `header` replaces fields of the JWT's header. */
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

/** Makes a key pair of ES256, which is what new Supabase projects sign with. */
export async function createSigner(kid: string = crypto.randomUUID()): Promise<Signer> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return {
    publicKey: { ...jwk, kid, alg: "ES256", use: "sig" } as Signer["publicKey"],
    sign: async (claims, header = {}) => {
      const exp = Math.floor(Date.now() / 1000) + 3600;
      const body = { role: "authenticated", aud: "authenticated", exp, ...claims };
      const text = `${encode(JSON.stringify({ alg: "ES256", typ: "JWT", kid, ...header }))}.${encode(JSON.stringify(body))}`;
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      const signature = await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(text));
      return `${text}.${encode(String.fromCharCode(...new Uint8Array(signature)))}`;
    },
  };
}

function encode(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
