import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobResult } from "./job.ts";

/** The account in whose name it signs; `webhookUserId` of createFal. */
export const developmentAccount = "development";

const firstPauseMs = 250;
const mostAttempts = 6;

/** Tells the ends of jobs as fal does: signed with Ed25519, and again until it is answered with 2xx. */
export class Webhooks {
  readonly #privateKey: KeyObject;
  readonly #closed = new AbortController();
  /** fal's `/.well-known/jwks.json`. */
  readonly keySet: { readonly keys: readonly object[] };

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.#privateKey = privateKey;
    this.keySet = { keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", kid: "development" }] };
  }

  /**
   * Sends one webhook. Loopback speaks no TLS: an https URL on it is reached over http, since the adapters take https only.
   *
   * @param id the job
   * @param result its end
   * @see https://fal.ai/docs/documentation/model-apis/inference/webhooks.md
   */
  async send(webhook: string, id: string, { status, body }: JobResult): Promise<void> {
    const isOk = status === 200;
    const message = JSON.stringify({
      request_id: id,
      gateway_request_id: id,
      status: isOk ? "OK" : "ERROR",
      error: isOk ? null : `Unexpected status code: ${status}`,
      payload: body,
    });
    for (let attempt = 0; attempt < mostAttempts && !this.#closed.signal.aborted; attempt++) {
      if (attempt > 0) await this.#pause(firstPauseMs * 2 ** (attempt - 1));
      if (await this.#deliver(webhook, id, message)) return;
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async #deliver(webhook: string, id: string, message: string): Promise<boolean> {
    try {
      const response = await fetch(withoutTls(webhook), {
        method: "POST",
        headers: { "content-type": "application/json", ...this.#signature(id, message) },
        body: message,
        signal: this.#closed.signal,
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  #signature(id: string, message: string): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const digest = createHash("sha256").update(message).digest("hex");
    const signed = [id, developmentAccount, timestamp, digest].join("\n");
    return {
      "x-fal-webhook-request-id": id,
      "x-fal-webhook-user-id": developmentAccount,
      "x-fal-webhook-timestamp": timestamp,
      "x-fal-webhook-signature": sign(null, Buffer.from(signed), this.#privateKey).toString("hex"),
    };
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#closed.signal }).catch(() => {});
  }
}

function withoutTls(address: string): string {
  const url = new URL(address);
  if (["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) url.protocol = "http:";
  return url.href;
}
