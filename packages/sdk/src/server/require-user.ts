import { describeRequest } from "@vidops/core/error-log";
import { bearerToken, type TokenAuth, type TokenUser, verifyToken } from "@vidops/core/users";

/**
 * Lets a request through when a user sent it, guest or not: its bearer token is verified, here or by Auth, without a request to
 * the database. Who asks is never taken from anything else of the request.
 *
 * @param request of which only the Authorization header is read
 * @param client `auth` of a client of supabase-js; how long it may take in milliseconds (default 15 000)
 * @returns the user; `withErrors` is told, so that errors are logged under the id
 * @throws VidopsError ERR_4005 (401) without a token, or with one that is expired, revoked or not of this project; ERR_6005 when Auth
 *   cannot be reached
 * @example
 * ```ts
 * const user = await requireUser(request, createClient(url, publishableKey));
 * ```
 */
export async function requireUser(
  request: Request,
  client: { readonly auth: TokenAuth; readonly timeoutMs?: number | undefined },
): Promise<TokenUser> {
  const user = await verifyToken(bearerToken(request.headers.get("authorization")), client);
  describeRequest(request, { userId: user.id });
  return user;
}
