import { type DatabaseClient, isUuid, jwtClaims, toVidopsError } from "../database/index.ts";
import { describeRequest } from "../error-log/index.ts";
import { isVidopsError, VidopsError } from "../errors/index.ts";
import { type Admin, readStanding, type Standing } from "./find-admin.ts";

/** What {@link requireAdmin} needs of a `SupabaseClient` of `@supabase/supabase-js`, whatever its version. */
export interface AdminAuthClient extends DatabaseClient {
  readonly auth: {
    /** Verifies asymmetric tokens here and asks Auth about others. Older clients do not have it. */
    getClaims?(token: string): PromiseLike<{ data: { claims: object } | null; error: unknown }>;
    /** Asks Auth whose token it is. */
    getUser(token: string): PromiseLike<{ data: { user: object | null }; error: unknown }>;
  };
}

/** How long Auth may take, in milliseconds, when the client does not say. */
const defaultTimeoutMs = 15_000;

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
  const token = bearerToken(req.headers.get("authorization"));
  const { id, email } = await within(supabaseClient.timeoutMs ?? defaultTimeoutMs, () =>
    verified(token, supabaseClient.auth),
  );
  const { user, refusal } = await standingOf(id, supabaseClient);
  // A refusal is then said in the user's language, and logged under the user.
  describeRequest(req, { userId: id, ...(user ? { language: user.language } : {}) });
  if (refusal !== null || user === null) throw refusal;
  return { admin: { ...user, email: user.email ?? email } };
}

/** The token of `Authorization: Bearer <token>`, which is all that counts (RFC 6750, section 2.1). */
function bearerToken(header: string | null): string {
  if (header === null || header.trim() === "") {
    throw unauthorized("not_signed_in", "The request has no Authorization header.");
  }
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header.trim())?.[1];
  if (token === undefined) throw invalidToken("The Authorization header holds no single bearer token.");
  return token;
}

/** Who a token says the caller is, once it is known to be true. */
async function verified(token: string, auth: AdminAuthClient["auth"]): Promise<Pick<Admin, "id" | "email">> {
  // What is no JWT at all would be thrown about by the client in words of its own.
  if (jwtClaims(token) === null || algorithmOf(token) === null) throw invalidToken("The token is no JWT.");
  let found: Record<string, unknown> | null;
  try {
    const { data, error } = await (auth.getClaims ? auth.getClaims(token) : auth.getUser(token));
    if (error != null) throw error;
    const said = data === null ? null : "claims" in data ? data.claims : data.user;
    found = said as Record<string, unknown> | null;
  } catch (error) {
    throw authRefusal(error);
  }
  const id = found?.sub ?? found?.id;
  // Keys of a project are JWTs too, and signed by the same secret; they are nobody's.
  if (typeof id !== "string" || !isUuid(id)) throw invalidToken("The token is of no user.");
  return { id, email: typeof found?.email === "string" && found.email !== "" ? found.email : null };
}

/** What a user's token is signed with, when it is one of Supabase's ways. */
function algorithmOf(token: string): string | null {
  // A header is written as claims are.
  const header = jwtClaims(`e30.${token.split(".")[0]}.`);
  return typeof header?.alg === "string" && /^(?:HS|RS|ES)256$/.test(header.alg) ? header.alg : null;
}

function authRefusal(thrown: unknown): VidopsError {
  // Web Crypto throws one when a token names another algorithm than its key has.
  if (thrown instanceof DOMException && thrown.name !== "AbortError" && thrown.name !== "TimeoutError") {
    return invalidToken("The token does not fit the key it names.", thrown);
  }
  const error = toVidopsError(thrown);
  const { status, auth_code: authCode } = error.details ?? {};
  // Auth's own refusals carry a code; the gateway in front of it refuses the key of this server, not the token.
  if (status === 401 && typeof authCode !== "string") {
    return new VidopsError({
      code: "ERR_6003",
      reason: "invalid_key",
      message: "The gateway does not accept the API key that this server's client has.",
      hint: "Check the client's key; the caller's token was not looked at.",
      cause: thrown,
    });
  }
  if (error.reason === "token_expired") {
    return unauthorized("token_expired", "The access token has expired.", thrown);
  }
  // To Auth a bad token is, by turns, a bad request, a session or user not found, or forbidden.
  return ["ERR_4005", "ERR_4006", "ERR_4007", "ERR_4008"].includes(error.code)
    ? invalidToken("Auth does not accept the token.", thrown)
    : error;
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

async function within<T>(timeoutMs: number, ask: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new VidopsError({
          code: "ERR_6005",
          reason: "auth_unreachable",
          message: "Auth did not answer in time.",
          retryable: true,
          details: { timeout_ms: timeoutMs },
        }),
      ),
    timeoutMs,
  );
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function invalidToken(message: string, cause?: unknown): VidopsError {
  return unauthorized("invalid_token", message, cause);
}

function unauthorized(reason: string, message: string, cause?: unknown): VidopsError {
  return new VidopsError({ code: "ERR_4005", reason, message, cause });
}
