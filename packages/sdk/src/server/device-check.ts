import type { DatabaseClient } from "@vidops/core/database";
import { describeRequest } from "@vidops/core/error-log";
import { negotiateLanguage } from "@vidops/core/errors";
import type { RateLimit } from "@vidops/core/rate-limit";
import { type GuestOnboarded, type GuestOnboarding, onboardGuest, type TokenUser } from "@vidops/core/users";
import * as z from "zod/mini";
import type { CheckedDevice, DeviceAttestation } from "./device-attestation.ts";
import { type EndpointContext, jsonAnswer, limitedHandler, userEndpoint } from "./endpoint.ts";
import { jsonBody } from "./json-body.ts";
import { underLease } from "./lease.ts";
import { parseFields } from "./parse-fields.ts";
import { profileAnswer } from "./profile-answer.ts";

/** What `device-check` works with. */
export interface DeviceCheckContext extends EndpointContext {
  readonly attestation: DeviceAttestation;
  /** What a new user is given, once a user and once a device. */
  readonly initialCredits: number;
  readonly deviceLimits: readonly RateLimit[];
}

const deviceBody = z.strictObject({
  device_id: z.string().check(z.trim(), z.regex(/^[\w.:~+/=-]{1,200}$/)),
  attestation: z.optional(z.nullable(z.string())),
  language: z.optional(z.nullable(z.string().check(z.maxLength(100)))),
});

const hints = {
  device_id:
    "Send an id that the app made and keeps, e.g. a UUID in the keychain: 1 to 200 of A-Z a-z 0-9 . _ : ~ + / = and -.",
  attestation: "Send what the platform gave the app to prove the device, as text.",
  language: "Send a BCP 47 tag such as tr or tr-TR, or leave it out.",
};

/**
 * Makes the handler of `device-check`: the profile of who has just signed in, guest or not, with the initial grant. Again it gives
 * the same profile, and grants nothing.
 */
export function deviceCheck(context: DeviceCheckContext): (request: Request) => Promise<Response> {
  const { db, initialCredits, deviceLimits } = context;
  const granted = limitedHandler<[TokenUser, Guest]>(
    context,
    (request, _user, guest) => grant(context, request, guest),
    { action: "device_check", limits: deviceLimits },
  );
  const plan = { name: "device-check", methods: ["POST"] };
  const handle = async (request: Request, user: TokenUser): Promise<Response> => {
    const body = parseFields(deviceBody, await jsonBody(request), hints);
    describeRequest(request, { requestData: { device_id: body.device_id } });
    const guest = {
      userId: user.id,
      deviceId: body.device_id,
      isGuest: user.isAnonymous,
      email: user.email,
      // Of a profile that is there already the language stays.
      language: negotiateLanguage(body.language ?? request.headers.get("accept-language")),
    };
    // Before anybody is asked about the device: who can get nothing needs no proof, and shall not use up a device.
    const known = await onboardGuest(db, guest);
    if (known.grantRefused !== "no_grant" || initialCredits === 0) return answer(known);
    // Only these count: apps ask at each start, and a whole office has one address.
    return granted(request, user, { guest, known, attestation: body.attestation ?? null });
  };
  return userEndpoint(context, plan, handle, { action: "device_check", limits: [] });
}

/** Somebody who may be granted something. */
interface Guest {
  readonly guest: GuestOnboarding;
  readonly known: GuestOnboarded;
  readonly attestation: string | null;
}

async function grant(
  { db, attestation: devices, initialCredits }: DeviceCheckContext,
  { signal }: Request,
  { guest, known, attestation }: Guest,
): Promise<Response> {
  const { userId, deviceId } = guest;
  const device = await devices.check({ deviceId, attestation, userId, signal });
  if (!device.mayGrant || !(await claimed(db, device))) return answer(known, "device_seen_before");
  return answer(await onboardGuest(db, { ...guest, deviceId: device.deviceId, grant: initialCredits }));
}

function answer(onboarded: GuestOnboarded, refused = onboarded.grantRefused): Response {
  return jsonAnswer({
    user: profileAnswer(onboarded.user),
    granted: onboarded.granted,
    credits_granted: onboarded.creditsGranted,
    grant_refused: refused,
  });
}

/**
 * Claimed before it is granted: the other way round, whoever can make this fail in between gets grants without end. And one after
 * another: of many at once who come with one device and invent an id each, all would find it unclaimed.
 */
async function claimed(db: DatabaseClient, { claim }: CheckedDevice): Promise<boolean> {
  return claim === null || (await underLease(db, "device_claim", claim));
}
