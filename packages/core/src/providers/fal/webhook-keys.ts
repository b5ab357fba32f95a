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
        z.object({
          kty: z.literal("OKP"),
          crv: z.literal("Ed25519"),
          x: z.string().check(z.regex(/^[\w-]{43}$/)),
        }),
      ),
      null,
    ),
  ),
});

/** What it means when no key is there that could tell. */
export const keysUnavailable: ProviderFault = {
  code: "ERR_5002",
  reason: "webhook_keys_unavailable",
  message: "has no usable public key for its webhooks now",
  hint: "Answer 503: the webhook will be sent again.",
  retryable: true,
};

/** Some of fal's public keys. */
export interface KnownKeys {
  readonly keys: readonly CryptoKey[];
  /** True when this very call asked for them: what they do not fit, fal has not signed. */
  readonly asked: boolean;
}

/** fal's public keys. */
export interface WebhookKeys {
  /**
   * @param than keys that did not do; asks for newer ones
   * @returns the keys; others than given. While it is too early to ask again nobody knows whether there are any, and it throws
   * @throws ProviderError ERR_5002 webhook_keys_unavailable
   */
  get(than: readonly CryptoKey[] | null): Promise<KnownKeys>;
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
  let pausedSince = 0;
  let pause = 0;
  let loading: Promise<readonly CryptoKey[]> | null = null;
  // Both ends are looked at: a clock that was set back would otherwise stretch a span by as much.
  const isWithin = (since: number, span: number): boolean => {
    const now = wallClock();
    return now >= since && now < since + span;
  };

  const load = async (): Promise<readonly CryptoKey[]> => {
    pausedSince = wallClock();
    pause = PAUSE_AFTER_FAILURE;
    // Not the caller's signal: others may be waiting for the same answer.
    const url = `${keysOrigin}/.well-known/jwks.json`;
    const answer = await client.send({ operation: "webhook", method: "GET", url });
    if (answer.status !== 200) {
      throw client.fail("webhook", faultOfStatus(answer.status, "job_not_found"), { answer });
    }
    const { data } = keySet.safeParse(answer.json);
    if (data === undefined) throw client.fail("webhook", bodyFaultOf(answer), { answer });
    const usable: CryptoKey[] = [];
    // Keys of other kinds that fal may list first take no room.
    for (const jwk of data.keys) {
      const key = jwk === null ? null : await importKey(jwk);
      if (key !== null) usable.push(key);
      if (usable.length === MAX_KEYS) break;
    }
    if (usable.length === 0) throw client.fail("webhook", keysUnavailable, { answer });
    known = usable;
    knownSince = wallClock();
    pausedSince = knownSince;
    pause = PAUSE;
    return known;
  };

  return {
    get: async (than) => {
      const fresh = known.length > 0 && isWithin(knownSince, LIFETIME);
      if (fresh && known !== than) return { keys: known, asked: false };
      const asked = loading === null;
      // Not "forged": fal may have changed its keys a moment ago, and a webhook that is refused is not sent again.
      if (asked && isWithin(pausedSince, pause)) throw client.fail("webhook", keysUnavailable);
      loading ??= load().finally(() => {
        loading = null;
      });
      try {
        return { keys: await loading, asked };
      } catch (cause) {
        throw client.fail("webhook", keysUnavailable, { cause });
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
