import type { AuthClient } from "./auth-client.ts";
import type { LoginTokens } from "./login-record.ts";

/**
 * Ends a session at Auth. One that has ended there already is ended.
 * @throws what hinders it; {@link sessionLeft} says it.
 */
export async function endSession(client: AuthClient, tokens: LoginTokens, now: Date): Promise<void> {
  let token: string | null = tokens.accessToken;
  // Auth hears only who has a token that is good now.
  if (tokens.expiresAt <= now.getTime() / 1000) {
    const { session, error } = await client.refresh(tokens.refreshToken);
    if (error !== null && !isRefusal(error)) throw error;
    token = session?.access_token ?? null;
  }
  if (token === null) return;
  const { error } = await client.auth.admin.signOut(token, "local");
  if (error !== null && !isRefusal(error)) throw error;
}

/** Says that a session could not be ended. */
export function sessionLeft(url: string, error: unknown): string {
  const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
  return `Auth was not told (${why}): the session at ${url} lives on there until it ends by itself.`;
}

/** Whether Auth itself says that there is no such session any more. */
function isRefusal({ code, status }: { code?: string | undefined; status?: number | undefined }): boolean {
  return code !== undefined && status !== undefined && status >= 400 && status < 500 && status !== 429;
}
