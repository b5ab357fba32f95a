import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { profileRow, toProfile, type UserProfile } from "./profile.ts";

/** Who opened the app. */
export interface GuestOnboarding {
  /** The id of the signed-in user, from the token. */
  userId: string;
  /** The device, as its attestation proved it: 1 to 200 of A-Z a-z 0-9 . _ : ~ + / = and -; upper and lower case are the same. */
  deviceId: string;
  /** Credits for a device that is seen for the first time, 0 to 100 000. Default 0. */
  grant?: number;
  /** False for a user who has an account: a guest who linked one is no guest any more. Default true. */
  isGuest?: boolean;
  email?: string | null;
  /** `en`, `tr` or `es`, for a profile that is made now. Default `en`. */
  language?: string | null;
  signal?: AbortSignal | undefined;
}

/** A profile, and what became of the grant. */
export interface GuestOnboarded {
  user: UserProfile;
  /** True when the profile was made now. */
  created: boolean;
  granted: boolean;
  creditsGranted: number;
  /** Why nothing was granted; null when it was. */
  grantRefused: "device_seen_before" | "already_granted" | "no_grant" | null;
}

/** Who becomes whom. */
export interface GuestHandOver {
  /** The guest, proved by the guest's own token. */
  guestId: string;
  /** The account, proved by its token, which is not an anonymous one. */
  userId: string;
  /** The account's address, for a profile that is made now. */
  email?: string | null;
  signal?: AbortSignal | undefined;
}

/** What was moved. */
export interface GuestHandedOver {
  creditsMoved: number;
  jobsMoved: number;
  /** The account's balance. */
  creditsRemaining: number;
  /** True when it was done before, and nothing was moved now. */
  replayed: boolean;
}

const onboarded = z.object({
  success: z.literal(true),
  created: z.boolean(),
  granted: z.boolean(),
  credits_granted: z.int(),
  grant_refused: z.nullable(z.enum(["device_seen_before", "already_granted", "no_grant"])),
  user: profileRow,
});

const handedOver = z.object({
  success: z.literal(true),
  replayed: z.boolean(),
  credits_moved: z.int(),
  jobs_moved: z.int(),
  credits_remaining: z.int(),
});

/**
 * Makes the profile of a user who signed in, guest or not, and books the initial grant: once a user and once a device, ever.
 * Repeating it changes nothing.
 *
 * @param db a client with a secret key
 * @param guest the user and the device
 * @returns the profile, and what became of the grant
 * @throws VidopsError ERR_4008 bad input · ERR_4009 account_handed_over · ERR_4012 account_banned · ERR_6006 the answer was lost:
 *   repeat it
 * @example
 * ```ts
 * const { user, granted } = await onboardGuest(db, { userId, deviceId, grant: 10 });
 * ```
 */
export async function onboardGuest(db: DatabaseClient, guest: GuestOnboarding): Promise<GuestOnboarded> {
  const { grant = 0, isGuest, email, language, signal } = guest;
  const row = await rpc(
    db,
    "onboard_guest",
    {
      p_user_id: requireUuid("userId", guest.userId),
      p_device_id: requireDeviceId(guest.deviceId),
      p_grant: grant === 0 ? 0 : requireCount("grant", grant, "credits", 100_000),
      p_is_guest: isGuest,
      p_email: email == null ? undefined : requireText("email", email, 320),
      p_language: language ?? undefined,
    },
    onboarded,
    { effect: "write", signal },
  );
  return {
    user: toProfile(row.user),
    created: row.created,
    granted: row.granted,
    creditsGranted: row.credits_granted,
    grantRefused: row.grant_refused,
  };
}

/**
 * Moves a guest's credits, jobs and idempotency keys to the account that the same person signed in to, once, and closes the guest.
 *
 * @param db a client with a secret key
 * @param handOver the guest and the account; the caller has proved both by their tokens
 * @returns what was moved
 * @throws VidopsError ERR_4007 user_not_found · ERR_4008 bad input, or one user twice · ERR_4009 not_a_guest, account_handed_over (to
 *   somebody else) · ERR_4012 account_banned · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * const { creditsMoved, jobsMoved } = await handOverGuest(db, { guestId, userId });
 * ```
 */
export async function handOverGuest(db: DatabaseClient, handOver: GuestHandOver): Promise<GuestHandedOver> {
  const { email, signal } = handOver;
  const row = await rpc(
    db,
    "hand_over_guest",
    {
      p_guest_id: requireUuid("guestId", handOver.guestId),
      p_user_id: requireUuid("userId", handOver.userId),
      p_email: email == null ? undefined : requireText("email", email, 320),
    },
    handedOver,
    { effect: "write", signal },
  );
  return {
    creditsMoved: row.credits_moved,
    jobsMoved: row.jobs_moved,
    creditsRemaining: row.credits_remaining,
    replayed: row.replayed,
  };
}

/** One device has one id, however it is written; the database lowers its case. */
function requireDeviceId(value: unknown): string {
  const id = typeof value === "string" && value.length <= 1_000 ? value.normalize("NFKC").trim() : "";
  if (/^[\w.:~+/=-]{1,200}$/.test(id)) return id;
  throw validationError("deviceId", "is malformed", "Give 1 to 200 of A-Z a-z 0-9 . _ : ~ + / = and -.");
}

function requireText(field: string, value: unknown, longest: number): string {
  if (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= longest &&
    !value.includes("\0") &&
    value.isWellFormed()
  )
    return value;
  throw validationError(field, "is malformed", `Give 1 to ${longest} characters.`);
}
