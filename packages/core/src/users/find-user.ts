import * as z from "zod/mini";
import { type DatabaseClient, isUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type FoundUser, toUser, userFields } from "./user.ts";

const answer = z.object({ success: z.literal(true), user: z.object(userFields) });

/**
 * Finds one user by id or by the whole email address; upper and lower case of the address are the same.
 *
 * @param db a client of an admin or with a secret key
 * @param idOrEmail a uuid, or an email address
 * @param options a signal
 * @returns the user
 * @throws VidopsError ERR_4008 neither a uuid nor an email address (nothing sent) · ERR_4007 user_not_found ·
 *   ERR_4009 ambiguous_user, when several users have the address (`details.user_ids`) · ERR_4006 forbidden
 * @example
 * ```ts
 * const user = await findUser(db, "ada@example.com");
 * ```
 */
export async function findUser(
  db: DatabaseClient,
  idOrEmail: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FoundUser> {
  const { user } = await rpc(db, "find_user", { p_user: requireUserName(idOrEmail) }, answer, {
    effect: "read",
    signal: options.signal,
  });
  return toUser(user);
}

function requireUserName(value: unknown): string {
  const name = typeof value === "string" ? value.trim() : "";
  if (isUuid(name) || (name.length <= 320 && /^[^\s@\0]+@[^\s@\0]+$/.test(name))) return name;
  throw validationError(
    "user",
    "is neither a uuid nor an email address",
    "Give the user's id or the whole email address.",
  );
}
