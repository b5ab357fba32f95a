import * as z from "zod/mini";
import { bodyFaultOf } from "../provider-answer.ts";
import type { ProviderClient } from "../provider-client.ts";
import { faultOfStatus, type ProviderFault } from "../provider-fault.ts";

/** Where fal's public keys are. @see https://fal.ai/docs/documentation/model-apis/inference/webhooks.md */
export const keysOrigin = "https://rest.fal.ai";

const MAX_KEYS = 16;
/** "Cache at most 24 h." */
const LIFETIME = 24 * 3_600_000;
/** Forged webhooks must not make us hammer fal: new keys are asked for at most so often, in ms. */
const PAUSE = 60_000;
const PAUSE_AFTER_FAILURE = 5_000;

// Other fields are left out: a runtime may refuse a key for an `alg` or `use` that it does not know.
const keySet = z.object({
  keys: z.array(
    z.catch(
      z.nullable(
        z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string().check(z.length(43)) }),
      ),
      null,
    ),
  ),
});

const unavailable: ProviderFault = {
  code: "ERR_5002",
  reason: "webhook_keys_unavailable",
  message: "has no usable public key for its webhooks now",
  hint: "Answer 503: the webhook will be sent again.",
  retryable: true,
};

/** fal's public keys. */
export interface WebhookKeys {
  /**
   * @param than keys that did not do; asks for newer ones unless that was just done
   * @returns the keys; the same list as given when there are no newer ones
   * @throws ProviderError ERR_5002 webhook_keys_unavailable
   */
  get(than: readonly CryptoKey[] | null): Promise<readonly CryptoKey[]>;
}

/**
 * Keeps fal's public keys: at most 16, for at most a day, asked for at most once a minute and by one call at a time.
 *
 * @param client asks; without a key of ours
 * @param wallClock the time of day in ms
 * @returns the keys
 */
export function createWebhookKeys(client: ProviderClient, wallClock: () => number): WebhookKeys {
  let known: readonly CryptoKey[] = [];
  let knownSince = 0;
  let pausedUntil = 0;
  let loading: Promise<readonly CryptoKey[]> | null = null;

  const load = async (): Promise<readonly CryptoKey[]> => {
    pausedUntil = wallClock() + PAUSE_AFTER_FAILURE;
    // Not the caller's signal: others may be waiting for the same answer.
    const url = `${keysOrigin}/.well-known/jwks.json`;
    const answer = await client.send({ operation: "webhook", method: "GET", url });
    if (answer.status !== 200) {
      throw client.fail("webhook", faultOfStatus(answer.status, "job_not_found"), { answer });
    }
    const { data } = keySet.safeParse(answer.json);
    if (data === undefined) throw client.fail("webhook", bodyFaultOf(answer), { answer });
    const keys = await Promise.all(
      data.keys.slice(0, MAX_KEYS).map((jwk) => (jwk === null ? null : importKey(jwk))),
    );
    const usable = keys.filter((key) => key !== null);
    if (usable.length === 0) throw client.fail("webhook", unavailable, { answer });
    known = usable;
    knownSince = wallClock();
    pausedUntil = knownSince + PAUSE;
    return known;
  };

  return {
    get: async (than) => {
      const fresh = known.length > 0 && wallClock() < knownSince + LIFETIME;
      if (fresh && known !== than) return known;
      if (loading === null && wallClock() < pausedUntil) {
        if (fresh) return known;
        throw client.fail("webhook", unavailable);
      }
      loading ??= load().finally(() => {
        loading = null;
      });
      try {
        return await loading;
      } catch (cause) {
        // The keys that are there still hold: what they do not fit is forged until new ones say otherwise.
        throw client.fail("webhook", unavailable, { cause });
      }
    },
  };
}

async function importKey(jwk: { kty: string; crv: string; x: string }): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("jwk", jwk, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
}
