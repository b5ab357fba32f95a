import * as z from "zod/mini";
import { type DatabaseClient, read } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";

/** An admin of the project. */
export interface Admin {
  /** The id in Auth and in `users`. */
  id: string;
  email: string | null;
  /** What the admin reads, from the profile. */
  language: string;
}

/** What the database says of a user: an admin, or why not. */
export interface Standing {
  readonly user: Admin | null;
  readonly refusal: VidopsError | null;
}

const userRow = z.object({
  email: z.nullable(z.string()),
  language: z.string(),
  is_admin: z.boolean(),
  banned_at: z.nullable(z.string()),
});

/**
 * Looks whether a user may act as an admin now.
 *
 * @param db a client that may read the user: with the secret key, or the user's own token
 * @param userId the id in Auth
 * @returns the admin
 * @throws VidopsError ERR_4006 for a user who is no admin, ERR_4012 for a banned one, and every way a read can fail
 * @example
 * ```ts
 * const { email } = await findAdmin(db, session.user.id);
 * ```
 */
export async function findAdmin(db: DatabaseClient, userId: string): Promise<Admin> {
  const { user, refusal } = await readStanding(db, userId);
  if (refusal !== null || user === null) throw refusal;
  return user;
}

/** The same, with the refusal as a value, beside what is known of the user. */
export async function readStanding(db: DatabaseClient, userId: string): Promise<Standing> {
  const [row] = await read(
    db,
    (client) => client.from("users").select("email,language,is_admin,banned_at").eq("id", userId),
    userRow,
  );
  const user = row === undefined ? null : { id: userId, email: row.email, language: row.language };
  const refusal =
    row?.is_admin !== true
      ? refuse("ERR_4006", "not_admin", "The user is not an admin.")
      : row.banned_at !== null
        ? refuse("ERR_4012", "account_banned", "The admin is banned.")
        : null;
  return { user, refusal };
}

function refuse(code: "ERR_4006" | "ERR_4012", reason: string, message: string): VidopsError {
  return new VidopsError({ code, reason, message });
}
