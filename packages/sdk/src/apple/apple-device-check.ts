import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { fetchWithRetry, type RetryConfig } from "@vidops/core/http";
import * as z from "zod/mini";
import { badField } from "../server/bad-field.ts";
import type { DeviceAttestation } from "../server/device-attestation.ts";
import { type SigningKey, tokenSigner } from "./signed-token.ts";

/** What {@link createAppleDeviceCheck} needs. */
export interface AppleDeviceCheckOptions extends SigningKey {
  /** `development` for builds that Xcode put on a device; default `production`: App Store and TestFlight. */
  readonly environment?: "production" | "development" | undefined;
  /** What sends. Default: the global `fetch`. */
  readonly fetch?: RetryConfig["fetch"] | undefined;
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

const hosts = {
  production: "https://api.devicecheck.apple.com",
  development: "https://api.development.devicecheck.apple.com",
} as const;

/** A user is waiting, and others for the lease: five seconds for one question at most. */
const patience = {
  maxRetries: 2,
  initialDelay: 300,
  maxDelay: 2_000,
  attemptTimeout: 3_000,
  deadline: 7_000,
};

const bits = z.looseObject({ bit0: z.boolean(), bit1: z.boolean() });
type Bits = z.infer<typeof bits>;
const noBits: Bits = { bit0: false, bit1: false };

/**
 * Makes the strict attestation, by Apple's DeviceCheck: the app sends `DCDevice.generateToken`'s token (base64) as `attestation`, and
 * Apple keeps two bits for each device, which outlive the app and the user. `bit0` says that the device had its initial grant;
 * `bit1` is left as it is.
 *
 * The order is check, claim, grant. A crash, or an answer that is lost, between claim and grant costs this one device its
 * grant, and support gives it by `vidops credits adjust`; the other order would give a grant for each crash that somebody
 * provokes. Devices are claimed one after another, in all processes, since Apple cannot compare and set: of many requests at once that
 * come with one device, and invent an id each, one is granted.
 *
 * @param options team, key, and environment
 * @returns the attestation
 * @throws ValidationError ERR_4008 for an id or a key that is malformed
 * @example
 * ```ts
 * const attestation = createAppleDeviceCheck({ teamId: "SE9N6X5V7C", keyId: "GG8TWG834Q", privateKey });
 * ```
 * @see https://developer.apple.com/documentation/devicecheck/accessing-and-modifying-per-device-data
 */
export function createAppleDeviceCheck(options: AppleDeviceCheckOptions): DeviceAttestation {
  const { environment = "production", now = Date.now, fetch } = options;
  const token = tokenSigner(options, now);

  async function ask(
    path: string,
    deviceToken: string,
    signal: AbortSignal,
    more: object = {},
  ): Promise<string> {
    const transactionId = crypto.randomUUID();
    const bearer = await token().catch((cause: unknown) => {
      // The server's own lack, at the first request: nothing that the client could mend.
      throw ours("attestation_misconfigured", "The key for Apple's DeviceCheck cannot be used.", cause);
    });
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const body = { device_token: deviceToken, transaction_id: transactionId, timestamp: now(), ...more };
    const { status, text } = await fetchWithRetry(
      `${hosts[environment]}/v1/${path}`,
      { method: "POST", headers, body: JSON.stringify(body), signal },
      // Reading bits, and setting them to what they are, may be done twice.
      { ...patience, idempotency: transactionId, ...(fetch !== undefined && { fetch }) },
    )
      .then(async (response) => ({
        status: response.status,
        text: (await response.text()).slice(0, 2_000),
      }))
      .catch((cause: unknown) => {
        throw unreachable("did not answer", cause);
      });
    if (status === 200) return text;
    throw refusal(status, text);
  }

  const bitsFor = async (deviceToken: string, signal: AbortSignal): Promise<Bits> =>
    bitsOf(await ask("query_two_bits", deviceToken, signal));

  return {
    async check({ deviceId, attestation, signal }) {
      const deviceToken = requireToken(attestation);
      const { bit0 } = await bitsFor(deviceToken, signal).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw thrown;
      });
      return {
        deviceId,
        mayGrant: !bit0,
        claim: async (until) => {
          // Once more, now that nobody else is at it: Apple cannot compare and set.
          const { bit0: taken, bit1 } = await bitsFor(deviceToken, until);
          if (taken) return false;
          await ask("update_two_bits", deviceToken, until, { bit0: true, bit1 }).catch((thrown: unknown) => {
            throw isVidopsError(thrown) && thrown.code === "ERR_6005" ? claimUnknown(thrown) : thrown;
          });
          return true;
        },
      };
    },
  };
}

const hint = "Send the token of DCDevice.generateToken, in base64; make a new one for each request.";

function requireToken(attestation: string | null): string {
  if (attestation === null) throw badField({ field: "attestation", fault: "is missing", hint });
  if (/^[\w+/=-]{1,16000}$/.test(attestation)) return attestation;
  throw badField({ field: "attestation", fault: "is not base64", hint });
}

/** Apple answers 200 with a sentence, "Failed to find bit state", for a device whose bits nobody ever set. */
function bitsOf(text: string): Bits {
  if (/bit state/i.test(text) && /not found|failed to find/i.test(text)) return noBits;
  try {
    return bits.parse(JSON.parse(text));
  } catch (cause) {
    throw ours(
      "unexpected_answer",
      "Apple's DeviceCheck answered what its documentation does not know.",
      cause,
    );
  }
}

function refusal(status: number, text: string): VidopsError {
  // "Missing or incorrectly formatted device token payload": the one thing that the client sent.
  if (status === 400 && /device token/i.test(text))
    return badField({ field: "attestation", fault: "is no token of a device of this app", hint });
  if (status < 500 && status !== 429 && status !== 408)
    return ours(
      "attestation_misconfigured",
      `Apple's DeviceCheck refused the request with ${status}: ${text.replaceAll(/[^\x20-\x7e]/g, " ").slice(0, 200)}`,
    );
  return unreachable(`answered ${status}`);
}

function unreachable(how: string, cause?: unknown): VidopsError {
  return new VidopsError({
    code: "ERR_6005",
    reason: "attestation_unreachable",
    message: `Apple's DeviceCheck ${how}.`,
    retryable: true,
    cause,
  });
}

function claimUnknown(cause: VidopsError): VidopsError {
  return new VidopsError({
    code: "ERR_6006",
    reason: "attestation_outcome_unknown",
    message: `${cause.message} The device may be marked as granted now.`,
    hint: "Nothing was granted. If the device gets no grant from now on, `vidops credits adjust` gives it.",
    cause,
  });
}

function ours(reason: string, message: string, cause?: unknown): VidopsError {
  const advice =
    "Check team id, key id and key, that the key is enabled for DeviceCheck, and the environment.";
  return new VidopsError({ code: "ERR_6003", reason, message, hint: advice, cause });
}
