import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, isoTime, requireReason, requireUuid, rpc } from "../database/index.ts";

/** Whose account is changed, and why. */
export interface UserAct extends ActOptions {
  userId: string;
}

/** Whom to ban, why, and what to tell them. */
export interface UserBan extends UserAct {
  /** What the user may read on their own account, in 1 to 500 characters. Default: nothing; `reason` is for the audit alone. */
  publicReason?: string | null;
}

/** What was changed of a user, or (with `dryRun`) would be. */
export interface UserChange<Value> extends Act {
  userId: string;
  email: string | null;
  before: Value;
  after: Value;
}

/** Whether an account is banned, and what its user may read about it. */
export interface Ban {
  /** ISO 8601 UTC; null when it is not banned. */
  bannedAt: string | null;
  publicReason: string | null;
}

const target = { ...actFields, user_id: z.string(), email: z.nullable(z.string()) };
const ban = z.object({ banned_at: z.nullable(z.string()), ban_reason: z.nullable(z.string()) });
const banAnswer = z.object({ ...target, before: ban, after: ban });
const adminFlag = z.object({ is_admin: z.boolean() });
const adminAnswer = z.object({ ...target, before: adminFlag, after: adminFlag });

/**
 * Bans an account with its audit row, in one request: from then on its charges and generations are refused, also in sessions
 * that are signed in.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param act who, and why
 * @returns the ban before and after; `changed` is false for who was banned already, whose ban stays as it is
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4009 cannot_ban_self, last_admin ·
 *   ERR_4006 forbidden · ERR_6006 the answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * await banUser(db, { userId, reason: "chargeback fraud", ticket: "SUP-4711", adminUserId });
 * ```
 */
export async function banUser(db: DatabaseClient, act: UserBan): Promise<UserChange<Ban>> {
  const { publicReason } = act;
  const args = {
    p_user_id: requireUuid("userId", act.userId),
    p_public_reason: publicReason == null ? undefined : requireReason(publicReason, "publicReason"),
    ...actArguments(db, act),
  };
  return toBan(await rpc(db, "ban_user", args, banAnswer, actCall(act)));
}

/**
 * Lifts a ban, with its audit row, in one request.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param act who, and why
 * @returns the ban before and after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4015 approval_required, where the user is
 *   an admin and a threshold is set · ERR_4006 forbidden · ERR_6006 the answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * await unbanUser(db, { userId, reason: "the bank took the chargeback back", adminUserId });
 * ```
 */
export async function unbanUser(db: DatabaseClient, act: UserAct): Promise<UserChange<Ban>> {
  const args = { p_user_id: requireUuid("userId", act.userId), ...actArguments(db, act) };
  return toBan(await rpc(db, "unban_user", args, banAnswer, actCall(act)));
}

/**
 * Makes a user an admin, with its audit row, in one request.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param act who, and why
 * @returns whether the user was an admin before, and is after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4009 guest_cannot_be_admin · ERR_4012
 *   account_banned · ERR_4015 approval_required, where a threshold is set · ERR_4006 forbidden · ERR_6006 the answer was lost:
 *   repeating it changes nothing
 * @example
 * ```ts
 * await grantAdmin(db, { userId, reason: "joins support", adminUserId });
 * ```
 */
export async function grantAdmin(db: DatabaseClient, act: UserAct): Promise<UserChange<boolean>> {
  const args = { p_user_id: requireUuid("userId", act.userId), ...actArguments(db, act) };
  return toAdmin(await rpc(db, "grant_admin", args, adminAnswer, actCall(act)));
}

/**
 * Makes an admin an ordinary user again, with its audit row, in one request. The last admin stays one.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param act who, and why
 * @returns whether the user was an admin before, and is after
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 user_not_found · ERR_4009 last_admin · ERR_4006 forbidden ·
 *   ERR_6006 the answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * await revokeAdmin(db, { userId, reason: "left the company", adminUserId });
 * ```
 */
export async function revokeAdmin(db: DatabaseClient, act: UserAct): Promise<UserChange<boolean>> {
  const args = { p_user_id: requireUuid("userId", act.userId), ...actArguments(db, act) };
  return toAdmin(await rpc(db, "revoke_admin", args, adminAnswer, actCall(act)));
}

function toBan(answer: z.infer<typeof banAnswer>): UserChange<Ban> {
  const side = ({ banned_at, ban_reason }: z.infer<typeof ban>): Ban => ({
    bannedAt: banned_at === null ? null : isoTime(banned_at),
    publicReason: ban_reason,
  });
  return {
    ...toAct(answer),
    ...{ userId: answer.user_id, email: answer.email },
    ...{ before: side(answer.before), after: side(answer.after) },
  };
}

function toAdmin(answer: z.infer<typeof adminAnswer>): UserChange<boolean> {
  return {
    ...toAct(answer),
    ...{ userId: answer.user_id, email: answer.email },
    ...{ before: answer.before.is_admin, after: answer.after.is_admin },
  };
}
