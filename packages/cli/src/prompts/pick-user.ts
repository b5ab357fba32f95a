import type { DatabaseClient } from "@vidops/core/database";
import type { UserMatch } from "@vidops/core/users";
import type { CommandSession } from "../command-session.ts";
import { pick } from "./pick.ts";

/**
 * Lets somebody find and pick a user, by what `users find` finds: part of the email, an id or its beginning, a device, a job.
 * @throws CommandError CLI_INTERRUPTED (exit 130), VidopsError.
 * @example const { id } = await pickUser(session, db);
 */
export async function pickUser(
  session: CommandSession,
  db: DatabaseClient,
  message = "Which user?",
): Promise<UserMatch> {
  const { searchUsers } = await import("@vidops/core/users");
  return pick(session, {
    message,
    search: async (term, signal) => {
      const { users, nextCursor } = await searchUsers(db, { text: term, limit: 50, signal });
      return { items: users, more: nextCursor !== null };
    },
    name: userLine,
    none: "No user matches.",
  });
}

/** A user in one line, what tells one from another first. */
export function userLine(user: UserMatch): string {
  const { email, deviceId, id, creditsRemaining } = user;
  const who = email ?? (deviceId === null ? `guest ${id}` : `guest ${deviceId}`);
  const marks = [
    `${creditsRemaining} ${creditsRemaining === 1 ? "credit" : "credits"}`,
    ...(user.tier === "free" ? [] : [user.tier]),
    ...(user.isAdmin ? ["admin"] : []),
    ...(user.bannedAt === null ? [] : ["banned"]),
  ];
  return `${who} · ${id.slice(0, 8)} · ${marks.join(", ")}`;
}
