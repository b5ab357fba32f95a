import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { type FoundUser, findUser, searchUsers, type UserMatch } from "@vidops/core/users";
import { isUuid, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { pickingObstacle } from "../../prompts/pick.ts";

/** Who is meant: an id, an email or a part of what `users find` finds; null lets somebody pick. */
export type UserTarget = string | null;

/** As many are named where several can be meant. */
const candidatesShown = 10;

/**
 * Reads who is meant.
 * @param name of the argument, for messages.
 * @param example a whole command that names a user.
 * @throws CommandError exit 2 for a blank or endless text, and where none is given and nobody can pick.
 */
export function parseUserTarget(
  text: string | undefined,
  session: CommandSession,
  name: string,
  example: string,
): UserTarget {
  if (text === undefined) {
    const missing = pickingObstacle(session, "Say which user.", example);
    if (missing !== null) throw missing;
    return null;
  }
  const trimmed = text.trim();
  const hint = `For example: ${example}`;
  if (trimmed === "") throw usageError(`${name} is blank.`, hint);
  if (Array.from(trimmed).length > 320)
    throw usageError(`${name} is longer than any email, got ${shown(text)}.`, hint);
  return isUuid(trimmed) ? trimmed.toLowerCase() : trimmed;
}

/**
 * Finds the one user who is meant, or lets somebody pick. A change takes a whole id or a whole email only: money and bans must
 * not go to somebody who happens to be the only one with such a part, nor to a guest whose device says it is that email. A look
 * takes the only one there is.
 * @param aim "change" or "look".
 * @throws VidopsError ERR_4007 (exit 3) for nobody, ERR_4009 (exit 5) with the candidates; CommandError when left.
 */
export async function targetUser(
  session: CommandSession,
  db: DatabaseClient,
  target: UserTarget,
  aim: "change" | "look",
): Promise<FoundUser> {
  if (target === null) return (await import("../../prompts/pick-user.ts")).pickUser(session, db);
  if (isUuid(target)) return findUser(db, target);
  if (/^[^\s@]+@[^\s@]+$/.test(target)) {
    const found = await findUser(db, target).catch(elseNull);
    if (found !== null) return found;
  }
  const { users, nextCursor } = await searchUsers(db, { text: target, limit: candidatesShown });
  const [only, ...others] = users;
  if (only === undefined) throw nobody(target);
  const alone = others.length === 0 && nextCursor === null;
  if (alone && aim === "look") return only;
  throw notExact(target, users, nextCursor !== null);
}

/** Nothing where there is no such user; what several share is for the list of candidates too. */
function elseNull(error: unknown): null {
  if (isVidopsError(error) && ["user_not_found", "ambiguous_user"].includes(error.reason)) return null;
  throw error;
}

function nobody(target: string): VidopsError {
  return new VidopsError({
    code: "ERR_4007",
    reason: "user_not_found",
    message: `There is no such user: ${shown(target)} is no id, and part of no email.`,
    hint: "Look around with: vidops users find",
    details: { user: target },
  });
}

function notExact(target: string, users: readonly UserMatch[], more: boolean): VidopsError {
  const [first, ...others] = users;
  const several = others.length > 0 || more;
  const lines = users.map(({ id, email, deviceId }) => `${email ?? `guest ${deviceId ?? ""}`} (${id})`);
  return new VidopsError({
    code: "ERR_4009",
    reason: several ? "ambiguous_user" : "not_exact",
    message: several
      ? `Several users fit ${shown(target)}; say which one, by its id or whole email.`
      : `${shown(target)} is no whole email and no id, which a change needs.`,
    hint: [several ? "They are:" : "Did you mean:", ...lines, ...(more ? ["… and more"] : [])].join("\n"),
    details: {
      candidates: users.map(({ id, email, matchedBy }) => ({ id, email, matched_by: matchedBy })),
      more,
      ...(several ? {} : { user_id: first?.id ?? null }),
    },
  });
}
