import { type AuthError, isAuthSessionMissingError } from "@supabase/auth-js";
import type { AuthClient } from "./auth-client.ts";
import type { LoginTokens } from "./login-record.ts";

/** What Auth says of a session that is none any more. */
const ended =
  /^(?:session_not_found|session_expired|user_not_found|refresh_token_not_found|refresh_token_already_used)$/;

/**
 * Ends a session at Auth. One that has ended there already is ended.
 * @throws what hinders it; {@link sessionLeft} says it.
 */
export async function endSession(client: AuthClient, tokens: LoginTokens, now: Date): Promise<void> {
  // Auth hears only who has a token that is good now; by its own clock.
  if (tokens.expiresAt > now.getTime() / 1000) {
    const { error } = await client.auth.admin.signOut(tokens.accessToken, "local");
    if (hasEnded(error)) return;
    if (error?.status !== 401 && error?.status !== 403) throw error;
  }
  const { session, error } = await client.refresh(tokens.refreshToken);
  if (session === null) {
    if (hasEnded(error)) return;
    throw error;
  }
  const last = await client.auth.admin.signOut(session.access_token, "local");
  if (!hasEnded(last.error)) throw last.error;
}

/** Says that a session could not be ended. */
export function sessionLeft(url: string, error: unknown): string {
  const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  return `Auth was not told (${why}): the session at ${url} lives on there until it ends by itself.`;
}

function hasEnded(error: AuthError | null): boolean {
  return error === null || isAuthSessionMissingError(error) || ended.test(error.code ?? "");
}
