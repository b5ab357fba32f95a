import { createHash, createPrivateKey, sign } from "node:crypto";
import { createFal, type VideoProvider, type WebhookDelivery } from "@vidops/core/providers";
import { HttpResponse } from "msw";
import { expect } from "vitest";
import { errorOf, type Peer } from "./peer.ts";

// The key pair of RFC 8032 section 7.1, test 1: public knowledge.
export const publicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
export const privateKey = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
// Test 2 of the same section: a key that fal might change to.
export const nextPublicKey = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
export const nextPrivateKey = "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs";

export const keysUrl = "https://rest.fal.ai/.well-known/jwks.json";
export const apiKey = "0aa1b2c3-d4e5-4f60-8192-a3b4c5d6e7f8:00112233445566778899aabbccddeeff";
export const id = "764cabcf-b745-4b3e-ae38-1200304cf45b";
export const at = 1_795_600_000;

export const okBody = `{"request_id":"${id}","gateway_request_id":"${id}","status":"OK","payload":{"video":{"url":"https://v3.fal.media/files/example/output.mp4","content_type":"video/mp4","file_name":"output.mp4","file_size":4404019}}}`;
export const okSignature =
  "1d7d6d10057cb74a059b7bc7365de621b9d2a9aa167742aa319da8f32290786d9175536f7c943c539cccde4060c797f03767ea2595df248bca6d126f1bbad902";
export const errorBody = `{"request_id":"${id}","gateway_request_id":"${id}","status":"ERROR","error":"Invalid status code: 422","payload":{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"value_error.missing"}]}}`;
export const errorSignature =
  "0f0e0cae92aeba799961371a92a29a363653e5760bb5dc9ea9b87311c52674959a805c2cfb2d8dc110b77adc27dac9f22f578e5efc84fad7e479bd62d765c70b";

export const jwk = (x: string): object => ({
  kty: "OKP",
  crv: "Ed25519",
  x,
  kid: "1",
  use: "sig",
  alg: "EdDSA",
});

export function headers(signature: string, over: Record<string, string> = {}): Record<string, string> {
  return {
    "X-Fal-Webhook-Request-Id": id,
    "X-Fal-Webhook-User-Id": "github|1234567",
    "X-Fal-Webhook-Timestamp": String(at),
    "X-Fal-Webhook-Signature": signature,
    ...over,
  };
}

/** A delivery as fal signs it. */
export function signed(
  body: string,
  { d = privateKey, x = publicKey, time = at, requestId = id, userId = "github|1234567" } = {},
): WebhookDelivery {
  const digest = createHash("sha256").update(body).digest("hex");
  const message = [requestId, userId, time, digest].join("\n");
  const key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", d, x }, format: "jwk" });
  const signature = sign(null, Buffer.from(message), key).toString("hex");
  const named = {
    "X-Fal-Webhook-Request-Id": requestId,
    "X-Fal-Webhook-User-Id": userId,
    "X-Fal-Webhook-Timestamp": String(time),
  };
  return { headers: headers(signature, named), body };
}

/** A provider whose time stands still until it is moved. */
export interface Recipient {
  readonly provider: VideoProvider;
  /** In ms since 1970. */
  now: number;
}

/** @param start its time, in ms since 1970 */
export function recipient(start: number = at * 1_000): Recipient {
  const clock = {
    now: () => made.now,
    setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms),
    clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  };
  const provider = createFal({ apiKey, http: { clock, initialDelay: 0, bodyTimeout: 100 } });
  const made: Recipient = { provider, now: start };
  return made;
}

/** fal's list of keys. */
export function serveKeys(peer: Peer, ...keys: readonly string[]): void {
  peer.answer("GET", keysUrl, () => HttpResponse.json({ keys: keys.map(jwk) }));
}

/** The reason of a webhook that is not believed. */
export async function refusal(provider: VideoProvider, delivery: WebhookDelivery): Promise<string> {
  const error = await errorOf(provider.verifyWebhook(delivery), [apiKey]);
  expect(error).toMatchObject({ code: "ERR_4005", operation: "webhook" });
  return error.reason;
}
