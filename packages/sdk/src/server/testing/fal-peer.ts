import { createFal, type VideoProvider } from "@vidops/core/providers";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

/** The model's name at fal. */
export const falModel = "fal-ai/veo3.1";
const queue = `https://queue.fal.run/${falModel}`;

type FalStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED";

/** fal, as far as it is asked here: each test finds it empty. */
export interface FalPeer {
  readonly provider: VideoProvider;
  /** Another one, which knows none of fal's keys yet. */
  createProvider(): VideoProvider;
  /** The bodies of all submits, in order, with the webhook that was named. */
  readonly submits: {
    readonly input: Record<string, unknown>;
    readonly webhook: string | null;
    readonly id: string;
  }[];
  /** How often a job was asked after. */
  asked: number;
  /** How a job stands; null: fal does not answer. */
  status: FalStatus | null;
  /** How long a submit takes, in ms. */
  delay: number;
  /** Answers submits in place of fal; null: fal takes them. */
  refusal: (() => Response | Promise<Response>) | null;
  /** A message of the end of a job, as fal signs it. */
  webhook(to: string, about: WebhookPlan): Promise<Request>;
}

/** What a webhook says. */
export interface WebhookPlan {
  readonly id: string;
  readonly status?: "OK" | "ERROR";
  /** In seconds from now. */
  readonly at?: number;
  /** False: signed with another key than fal publishes. */
  readonly genuine?: boolean;
}

export const videoUrl = "https://v3.fal.media/files/example/output.mp4";

/** @returns the peer of all tests of this file */
export function useFal(): FalPeer {
  const server = setupServer();
  let keys: CryptoKeyPair;
  let others: CryptoKeyPair;
  const makeKeys = async (): Promise<CryptoKeyPair> =>
    (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
  const createProvider = (): VideoProvider =>
    createFal({
      apiKey: "0aa1b2c3-d4e5-4f60-8192-a3b4c5d6e7f8:00112233445566778899aabbccddeeff",
      http: { initialDelay: 0 },
    });
  const fal: FalPeer = {
    provider: createProvider(),
    createProvider,
    submits: [],
    asked: 0,
    delay: 0,
    status: "IN_PROGRESS",
    refusal: null,
    async webhook(to, { id, status = "OK", at = 0, genuine = true }) {
      const time = String(Math.floor(Date.now() / 1_000) + at);
      const payload =
        status === "OK"
          ? { video: { url: videoUrl } }
          : { detail: [{ loc: ["body", "prompt"], msg: "flagged", type: "content_policy_violation" }] };
      const error = status === "OK" ? {} : { error: "Invalid status code: 422" };
      const body = JSON.stringify({ request_id: id, gateway_request_id: id, status, payload, ...error });
      const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
      const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("hex");
      const digest = hex(await crypto.subtle.digest("SHA-256", encode(body)));
      const text = [id, "github|1234567", time, digest].join("\n");
      const { privateKey } = genuine ? keys : others;
      const headers = {
        "x-fal-webhook-request-id": id,
        "x-fal-webhook-user-id": "github|1234567",
        "x-fal-webhook-timestamp": time,
        "x-fal-webhook-signature": hex(
          await crypto.subtle.sign({ name: "Ed25519" }, privateKey, encode(text)),
        ),
      };
      return new Request(to, { method: "POST", headers, body });
    },
  };
  beforeAll(async () => {
    keys = await makeKeys();
    others = await makeKeys();
    server.listen({ onUnhandledFrame: "bypass" });
  });
  beforeEach(() => {
    fal.submits.length = 0;
    Object.assign(fal, { asked: 0, delay: 0, status: "IN_PROGRESS", refusal: null });
    server.use(
      http.post(queue, async ({ request }) => {
        const id = crypto.randomUUID();
        const input = (await request.json()) as Record<string, unknown>;
        fal.submits.push({ input, webhook: new URL(request.url).searchParams.get("fal_webhook"), id });
        await new Promise((resolve) => setTimeout(resolve, fal.delay));
        if (fal.refusal !== null) return await fal.refusal();
        const url = `${queue}/requests/${id}`;
        return HttpResponse.json({
          ...{ status: "IN_QUEUE", request_id: id, queue_position: 0 },
          ...{ response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` },
        });
      }),
      http.get(`${queue}/requests/:id/status`, ({ params }) => {
        fal.asked += 1;
        if (fal.status === null) return HttpResponse.error();
        const url = `${queue}/requests/${params.id}`;
        const body = { status: fal.status, request_id: params.id, response_url: url };
        return HttpResponse.json(body, { status: fal.status === "COMPLETED" ? 200 : 202 });
      }),
      http.get(`${queue}/requests/:id`, () => HttpResponse.json({ video: { url: videoUrl } })),
      http.get("https://rest.fal.ai/.well-known/jwks.json", async () => {
        const jwk = await crypto.subtle.exportKey("jwk", keys.publicKey);
        return HttpResponse.json({ keys: [{ ...jwk, kid: "1", use: "sig", alg: "EdDSA" }] });
      }),
    );
  });
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return fal;
}

/** What fal answers to a prompt that its policy refuses. */
export const flagged = (): Response =>
  HttpResponse.json(
    { detail: [{ loc: ["body", "prompt"], msg: "flagged", type: "content_policy_violation" }] },
    { status: 422 },
  );
