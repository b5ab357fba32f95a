import { banUser, type FoundUser, grantAdmin, revokeAdmin, unbanUser } from "@vidops/core/users";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { type ChangeReport, changePlanView, type UserVerb, type UserVerbAnswer } from "./change-user.view.ts";
import { userName } from "./user-rows.ts";
import { targetUser, type UserTarget } from "./user-target.ts";

export interface ChangeInput extends ActInput {
  readonly user: UserTarget;
  /** What a banned user may read; null is nothing. */
  readonly publicReason: string | null;
}

const verbs: Readonly<
  Record<
    UserVerb,
    {
      readonly actionType: "user_ban" | "user_unban" | "admin_grant" | "admin_revoke";
      readonly name: string;
      readonly send: (...args: Parameters<typeof banUser>) => Promise<UserVerbAnswer>;
      readonly question: (name: string) => string;
    }
  >
> = {
  ban: { actionType: "user_ban", name: "the ban", send: banUser, question: (name) => `Ban ${name}?` },
  unban: {
    ...{ actionType: "user_unban", name: "lifting the ban", send: unbanUser },
    question: (name) => `Lift the ban of ${name}?`,
  },
  "grant-admin": {
    ...{ actionType: "admin_grant", name: "the grant", send: grantAdmin },
    question: (name) => `Make ${name} an admin?`,
  },
  "revoke-admin": {
    ...{ actionType: "admin_revoke", name: "the revocation", send: revokeAdmin },
    question: (name) => `Take the admin right from ${name}?`,
  },
};

/**
 * Bans or unbans a user, makes one an admin or no longer.
 * @throws CommandError, VidopsError.
 */
export async function changeUser(
  verb: UserVerb,
  input: ChangeInput,
  session: CommandSession,
): Promise<ChangeReport> {
  const { actionType, name, send, question } = verbs[verb];
  const report = await act<FoundUser, UserVerbAnswer>(session, input, {
    ...{ actionType, name },
    find: (db) => targetUser(session, db, input.user, "change"),
    send: (db, { id }, options) => send(db, { userId: id, publicReason: input.publicReason, ...options }),
    plan: (plan) => changePlanView({ ...plan, verb }, lookOf(session, "stderr")),
    question: ({ target }) => question(userName(target)),
  });
  return { ...report, verb };
}
