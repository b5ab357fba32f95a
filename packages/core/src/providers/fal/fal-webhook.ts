import * as z from "zod/mini";
import { validationError } from "../../errors/index.ts";
import type { ProviderJobEnd, VideoProvider, WebhookDelivery } from "../provider.ts";
import type { ProviderClient } from "../provider-client.ts";
import { faults, type ProviderFault } from "../provider-fault.ts";
import type { HttpSettings } from "../provider-http.ts";
import { isJobId } from "../provider-input.ts";
import { readBody } from "../read-body.ts";
import { untilAborted } from "../until-aborted.ts";
import { failureOf, faultOfFailure, isCancelled, videoUrlOf } from "./fal-answers.ts";
import { keysUnavailable, type WebhookKeys } from "./webhook-keys.ts";

const MAX_BODY = 1_048_576;
/** How far the time of a message may be from ours, in seconds. */
const TOLERANCE = 300;

const HEADER = /^[\x21-\x7e]{1,256}$/;

const message = z.looseObject({
  request_id: z.string(),
  gateway_request_id: z.optional(z.nullable(z.string())),
  status: z.enum(["OK", "ERROR"]),
  payload: z.optional(z.unknown()),
  error: z.optional(z.nullable(z.string())),
});

const refused = (reason: string, text: string): ProviderFault => ({
  code: "ERR_4005",
  reason,
  message: `is said to have sent a webhook ${text}`,
  hint: "Answer 401 and do nothing.",
});

/**
 * Checks the account whose webhooks count.
 *
 * @param account what the caller gave
 * @returns the account; null for anybody's
 * @throws ValidationError for one that no header can hold, since it would refuse every webhook
 */
export function requireAccount(account: unknown): string | null {
  if (account === undefined) return null;
  if (typeof account === "string" && HEADER.test(account)) return account;
  throw validationError("webhookUserId", "is malformed", "Give it as X-Fal-Webhook-User-Id has it.");
}

/**
 * Makes what reads fal's webhooks. A message counts when fal's key signed it (Ed25519, over Web Crypto), at most 300 seconds
 * ago; nothing that is compared here is secret, so there is no time to leak.
 *
 * @param client makes the errors
 * @param keys fal's public keys
 * @param settings clock and times
 * @param account whose webhooks count; null for anybody's
 * @returns `verifyWebhook`
 * @see https://fal.ai/docs/documentation/model-apis/inference/webhooks.md
 */
export function createWebhookVerifier(
  client: ProviderClient,
  keys: WebhookKeys,
  { clock, wallClock, bodyTimeout }: HttpSettings,
  account: string | null,
): VideoProvider["verifyWebhook"] {
  return async (delivery, { signal } = {}) => {
    signal?.throwIfAborted();
    if (delivery.bodyUsed === true) {
      throw validationError(
        "body",
        "was read before",
        "Give { headers, body } with the text or bytes as they came.",
      );
    }
    const refuse = (reason: string, text: string): Error => client.fail("webhook", refused(reason, text));
    const requestId = headerOf(delivery, "x-fal-webhook-request-id");
    const userId = headerOf(delivery, "x-fal-webhook-user-id");
    const timestamp = headerOf(delivery, "x-fal-webhook-timestamp");
    const signature = headerOf(delivery, "x-fal-webhook-signature");
    if (requestId === null || userId === null || timestamp === null || signature === null) {
      throw refuse("webhook_unsigned", "without the headers that sign it");
    }
    if (!/^\d{1,12}$/.test(timestamp) || !/^[0-9a-f]{128}$/i.test(signature)) {
      throw refuse("webhook_malformed", "whose time or signature is malformed");
    }
    // It is among what is signed, so who changes it forges.
    if (account !== null && userId !== account) {
      throw refuse("webhook_foreign_account", "that belongs to another account");
    }
    // Before anything is read or computed: an old message that somebody kept costs nothing.
    if (Math.abs(wallClock() / 1_000 - Number(timestamp)) > TOLERANCE) {
      throw refuse("webhook_stale", "too long ago, or in the future");
    }
    const bounds = { maxBytes: MAX_BODY, maxTime: bodyTimeout, clock, signal };
    const { bytes, fault } = await bodyOf(delivery, bounds);
    if (fault === "aborted") throw signal?.reason;
    if (fault === "too_large") throw refuse("webhook_too_large", "that is larger than can be meant");
    if (fault !== null) throw refuse("webhook_incomplete", "whose body did not come");

    const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
    const signed = new TextEncoder().encode([requestId, userId, timestamp, digest].join("\n"));
    const isSigned = async (candidates: readonly CryptoKey[]): Promise<boolean> => {
      const verdicts = candidates.map((key) =>
        crypto.subtle.verify({ name: "Ed25519" }, key, fromHex(signature), signed),
      );
      return (await Promise.all(verdicts)).includes(true);
    };
    const known = await untilAborted(keys.get(null), signal);
    if (!(await isSigned(known.keys))) {
      // Signed with a key that is newer than ours, or forged: only keys that were asked for since it came can tell.
      const newest = known.asked ? known : await untilAborted(keys.get(known.keys), signal);
      if (newest === known || !(await isSigned(newest.keys))) {
        throw newest.asked
          ? refuse("webhook_forged", "with a signature that is not its own")
          : client.fail("webhook", keysUnavailable);
      }
    }
    signal?.throwIfAborted();

    const { data } = message.safeParse(parse(bytes));
    const ids = [data?.request_id, data?.gateway_request_id].filter(isJobId);
    // After a retry at fal the two ids differ, and either may be in the header.
    if (data === undefined || !ids.includes(requestId)) {
      throw client.fail("webhook", { ...faults.unexpected_answer, message: "signed a webhook that is none" });
    }
    return {
      provider: client.name,
      accountId: userId,
      deliveryId: `${client.name}:${data.request_id}:${data.status}`,
      jobIds: [...new Set(ids)],
      state: endOf(client, data, new TextDecoder().decode(bytes)),
      sentAt: new Date(Number(timestamp) * 1_000).toISOString(),
    };
  };
}

function endOf(
  client: ProviderClient,
  { status, payload, error }: z.infer<typeof message>,
  text: string,
): ProviderJobEnd | null {
  if (status === "OK") {
    const videoUrl = videoUrlOf(payload);
    // `payload_error`, or a shape that is not known: the result is there to be asked for.
    if (videoUrl === null) return null;
    return {
      status: "completed",
      videoUrl,
      lifetime: { atLeast: null, atMost: null },
      cost: null,
    };
  }
  const told = /\bstatus code: (\d{3})\b/.exec(error ?? "")?.[1];
  const failure = failureOf(told === undefined ? null : Number(told), payload);
  if (isCancelled(failure)) return { status: "cancelled", cost: null };
  // As it came: writing the payload anew fails for one that is nested deeply.
  const answer = { status: failure.status ?? 0, headers: new Headers(), text };
  const details = { error_types: failure.types };
  const fault = faultOfFailure(failure);
  return { status: "failed", error: client.fail("job", fault, { answer, details }), cost: null };
}

/** A header's value; null when it is missing, given twice, or holds what could shift the lines that are signed. */
function headerOf({ headers }: WebhookDelivery, name: string): string | null {
  const value =
    headers instanceof Headers || typeof headers.get === "function"
      ? (headers as Headers).get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === "string" && HEADER.test(value) ? value : null;
}

async function bodyOf(
  { body }: WebhookDelivery,
  bounds: Parameters<typeof readBody>[1],
): ReturnType<typeof readBody> {
  if (body === null || (typeof body === "object" && "getReader" in body)) return await readBody(body, bounds);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  return { bytes, fault: bytes.byteLength > bounds.maxBytes ? "too_large" : null };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function hex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(at * 2, at * 2 + 2), 16),
  );
}
