import { type CommandSession, missingSetting } from "../../command-session.ts";
import { createAuthClient } from "../../login/auth-client.ts";
import { withLock } from "../../login/login-lock.ts";
import { type LoginRecord, loginLock } from "../../login/login-record.ts";
import { forgetLogin, readTokens } from "../../login/login-store.ts";

/** What became of a login. */
export interface LogoutReport {
  readonly url: string;
  readonly email: string | null;
  readonly userId: string | null;
  /** False when nobody was signed in. */
  readonly wasSignedIn: boolean;
  /** Whether Auth knows that the session has ended. */
  readonly revoked: boolean;
}

/**
 * Revokes the session at Auth and deletes it here. What of it does not succeed is warned of; the login is gone anyway.
 * @throws CommandError exit 2 without a project.
 */
export async function logout(session: CommandSession): Promise<LogoutReport> {
  const { url, login, publishableKey } = session.configuration();
  if (url === null) throw missingSetting("No project URL is set.");
  if (login === null)
    return { url: url.value, email: null, userId: null, wasSignedIn: false, revoked: false };
  const { context, output } = session;
  const key = publishableKey?.value ?? login.publishableKey;
  const end = async (): Promise<boolean> => {
    const problem = await revoke(session, login, key);
    if (problem !== null) output.warn(problem);
    const left = await forgetLogin(context, login);
    if (left !== null) output.warn(left);
    return problem === null;
  };
  // A refresh that is under way would write the login again. One that takes too long is not waited for.
  const revoked = (await withLock(loginLock(context, url.value), end)) ?? (await end());
  return { url: url.value, email: login.email, userId: login.userId, wasSignedIn: true, revoked };
}

/** Why the session may live on at Auth; null when it was revoked, or had ended. */
async function revoke(session: CommandSession, login: LoginRecord, key: string): Promise<string | null> {
  const { context } = session;
  const { url } = login;
  try {
    const { accessToken, refreshToken, expiresAt } = await readTokens(context, login);
    const seconds = Math.min(session.configuration().timeoutSeconds.value, 10);
    const client = await createAuthClient({ url, publishableKey: key, timeoutSeconds: seconds }, context);
    let token: string | null = accessToken;
    // Auth hears only who has a token that is good now.
    if (expiresAt <= context.now().getTime() / 1000) {
      const { session: renewed, error } = await client.refresh(refreshToken);
      if (error !== null && isRefusal(error)) return null;
      if (error !== null) throw error;
      token = renewed?.access_token ?? null;
    }
    const { error } = token === null ? { error: null } : await client.auth.admin.signOut(token, "local");
    if (error !== null && !isRefusal(error)) throw error;
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return `Auth was not told (${why}): the session at ${url} lives on there until it ends by itself.`;
  }
}

/** Whether Auth itself says that there is no such session any more. */
function isRefusal({ code, status }: { code?: string | undefined; status?: number | undefined }): boolean {
  return code !== undefined && status !== undefined && status >= 400 && status < 500 && status !== 429;
}
