import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import { findUser } from "@vidops/core/users";
import { isUuid } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import type { CommandSession } from "./command-session.ts";
import { nextCommand } from "./commands/next-command.ts";
import type { Sourced } from "./config/sourced.ts";
import type { ConnectionPlan } from "./connection.ts";

/**
 * Who acts, for the audit: null when a signed-in admin's token says it itself.
 * @returns an id or an email, not yet looked up.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when a service key is used and nobody is named.
 */
export function requireActingAdmin(session: CommandSession, plan: ConnectionPlan): Sourced<string> | null {
  if (plan.accessToken) return null;
  const { admin } = session.configuration();
  if (admin) return admin;
  throw new CommandError(
    "CLI_NOT_ALLOWED",
    "A secret key does not say who acts, and no acting admin is set.",
    {
      hint: `Set VIDOPS_ADMIN to your id or email (a user whose is_admin is true), or sign in: ${nextCommand(["login"], session.flags)}`,
      reason: "no_acting_admin",
    },
  );
}

/**
 * The id of who acts; an id costs no request. Whether it is an admin's is for the database to say.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when nobody has that email.
 */
export async function actingAdminId(
  db: DatabaseClient,
  admin: Sourced<string> | null,
): Promise<string | null> {
  if (admin === null || isUuid(admin.value)) return admin?.value ?? null;
  try {
    return (await findUser(db, admin.value)).id;
  } catch (error) {
    if (!isVidopsError(error) || (error.code !== "ERR_4007" && error.code !== "ERR_4008")) throw error;
    throw new CommandError(
      "CLI_NOT_ALLOWED",
      `${admin.source} names an acting admin who is no user: ${admin.value}`,
      {
        hint: "Set it to the id or email of a user whose is_admin is true.",
        reason: "no_acting_admin",
        cause: error,
      },
    );
  }
}
