import type { DatabaseClient } from "../database/index.ts";
import { describeRequest } from "../error-log/index.ts";
import { isVidopsError, VidopsError } from "../errors/index.ts";
import { bearerToken, type TokenAuth, verifyToken } from "../users/index.ts";
import { type Admin, readStanding, type Standing } from "./find-admin.ts";

/** What {@link requireAdmin} needs of a `SupabaseClient` of `@supabase/supabase-js`, whatever its version. */
export interface AdminAuthClient extends DatabaseClient {
  readonly auth: TokenAuth;
}

/**
 * Lets a request through when an admin sent it: its bearer token is verified (asymmetric ones here, against the project's
 * published keys, others by Auth), and the database says whether the user is an admin now.
 *
 * @param req the request, of which only the Authorization header is read
 * @param supabaseClient a client that may read `users`: one with the secret key, or with the caller's own token
 * @returns the admin
 * @throws VidopsError ERR_4005 (401) without a token, or with one that is expired, revoked or not of this project;
 *   ERR_4006 (403) for a user who is no admin; ERR_4012 (403) for a banned one; ERR_6005 when Auth or the database cannot be
 *   reached, and other ERR_6… when they do not work. None of their words reaches the user.
 * @example
 * ```ts
 * const { admin } = await requireAdmin(req, createClient(url, secretKey));
 * console.log(`${admin.email} may`);
 * ```
 * @see https://supabase.com/docs/reference/javascript/auth-getclaims
 */
export async function requireAdmin(req: Request, supabaseClient: AdminAuthClient): Promise<{ admin: Admin }> {
  const { id, email } = await verifyToken(bearerToken(req.headers.get("authorization")), supabaseClient);
  const { user, refusal } = await standingOf(id, supabaseClient);
  // A refusal is then said in the user's language, and logged under the user.
  describeRequest(req, { userId: id, ...(user ? { language: user.language } : {}) });
  if (refusal !== null || user === null) throw refusal;
  return { admin: { ...user, email: user.email ?? email } };
}

async function standingOf(id: string, db: DatabaseClient): Promise<Standing> {
  try {
    return await readStanding(db, id);
  } catch (error) {
    // The token was good a moment ago: what is not accepted or not allowed now is this server's client.
    if (!isVidopsError(error) || (error.code !== "ERR_4005" && error.code !== "ERR_4006")) throw error;
    if (error.reason === "token_expired") throw error;
    throw new VidopsError({
      code: "ERR_6003",
      reason: error.reason,
      message: "The client of this server may not read users.",
      hint: "Make it with the secret key, or with the caller's own token.",
      cause: error,
    });
  }
}
