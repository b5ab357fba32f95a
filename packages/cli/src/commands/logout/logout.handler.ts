import { CommandError } from "../../command-error.ts";
import { type CommandSession, missingSetting } from "../../command-session.ts";
import { createAuthClient } from "../../login/auth-client.ts";
import { endSession, sessionLeft } from "../../login/end-session.ts";
import { removeLoginFile } from "../../login/login-file.ts";
import { withLock } from "../../login/login-lock.ts";
import { brokenLogin, type LoginRecord, loginLock } from "../../login/login-record.ts";
import { forgetLogin, tokensToEnd } from "../../login/login-store.ts";

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
  const { context, output } = session;
  if (login === null) {
    const broken = brokenLogin(context, url.value, login);
    const left = removeLoginFile(context, url.value);
    if (broken !== null) output.warn(left ?? `It was removed. What session it had lives on at Auth.`);
    return { url: url.value, email: null, userId: null, wasSignedIn: false, revoked: false };
  }
  const key = publishableKey?.value ?? login.publishableKey;
  const end = async (): Promise<boolean> => {
    const problem = await revoke(session, login, key);
    if (problem !== null) output.warn(problem);
    const left = await forgetLogin(context, login);
    if (left !== null) output.warn(left);
    return problem === null;
  };
  const locked = await withLock(loginLock(context, url.value), end).catch((error) => {
    // Where nothing can be written, no refresh can be under way either.
    if (error instanceof CommandError && error.reason === "login_not_written") return null;
    throw error;
  });
  // A refresh that is under way would write the login again. One that takes too long is not waited for.
  const revoked = locked ?? (await end());
  return { url: url.value, email: login.email, userId: login.userId, wasSignedIn: true, revoked };
}

/** Why the session may live on at Auth; null when it was revoked, or had ended. */
async function revoke(session: CommandSession, login: LoginRecord, key: string): Promise<string | null> {
  const { context } = session;
  const { url } = login;
  try {
    const tokens = await tokensToEnd(context, login);
    const seconds = Math.min(session.configuration().timeoutSeconds.value, 10);
    const client = await createAuthClient({ url, publishableKey: key, timeoutSeconds: seconds }, context);
    await endSession(client, tokens, context.now());
    return null;
  } catch (error) {
    return sessionLeft(url, error);
  }
}
