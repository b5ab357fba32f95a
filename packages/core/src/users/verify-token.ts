import { isUuid, jwtClaims, toVidopsError } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";

/** Who says whose token it is: `client.auth` of `@supabase/supabase-js`, whatever its version. */
export interface TokenAuth {
  /** Verifies asymmetric tokens here and asks Auth about others. Older clients do not have it. */
  getClaims?(token: string): PromiseLike<{ data: { claims: object } | null; error: unknown }>;
  /** Asks Auth whose token it is. */
  getUser(token: string): PromiseLike<{ data: { user: object | null }; error: unknown }>;
}

/** Who sent a request, as a verified token says. Nothing else of a request says it. */
export interface TokenUser {
  /** The id in Auth. */
  readonly id: string;
  readonly email: string | null;
  /** True for a guest: Auth's anonymous sign-in. */
  readonly isAnonymous: boolean;
}

/** How long Auth may take, in milliseconds, when nobody says. */
const defaultTimeoutMs = 15_000;

/**
 * Takes the token out of `Authorization: Bearer <token>`, which is all that counts (RFC 6750, section 2.1).
 *
 * @param header the header's value, or null
 * @returns the token, not yet verified
 * @throws VidopsError ERR_4005 without one, or with more than one
 * @example
 * ```ts
 * const user = await verifyToken(bearerToken(request.headers.get("authorization")), { auth });
 * ```
 */
export function bearerToken(header: string | null): string {
  if (header === null || header.trim() === "") {
    throw unauthorized("not_signed_in", "The request has no Authorization header.");
  }
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(header.trim())?.[1];
  if (token === undefined) throw invalidToken("The Authorization header holds no single bearer token.");
  return token;
}

/**
 * Verifies a user's access token: asymmetric ones here, against the project's published keys, others by Auth.
 *
 * @param token the JWT
 * @param client `auth` of the client, and how long it may take in milliseconds (default 15 000)
 * @returns whose it is
 * @throws VidopsError ERR_4005 (401) for one that is expired, revoked, malformed or not of this project; ERR_6005 when Auth cannot be
 *   reached, and other ERR_6… when it does not work. None of Auth's words reaches the user.
 * @example
 * ```ts
 * const { id } = await verifyToken(token, { auth: createClient(url, key).auth });
 * ```
 * @see https://supabase.com/docs/reference/javascript/auth-getclaims
 */
export async function verifyToken(
  token: string,
  client: { readonly auth: TokenAuth; readonly timeoutMs?: number | undefined },
): Promise<TokenUser> {
  return within(client.timeoutMs ?? defaultTimeoutMs, () => verified(token, client.auth));
}

async function verified(token: string, auth: TokenAuth): Promise<TokenUser> {
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
  return {
    id,
    email: typeof found?.email === "string" && found.email !== "" ? found.email : null,
    isAnonymous: found?.is_anonymous === true,
  };
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
