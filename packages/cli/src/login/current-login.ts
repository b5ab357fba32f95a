import { VidopsError } from "@vidops/core/errors";
import { CommandError } from "../command-error.ts";
import type { CommandSession } from "../command-session.ts";
import { holdInterruptions, stopIfInterrupted } from "./hold-interruptions.ts";
import { withLock } from "./login-lock.ts";
import { type LoginRecord, type LoginTokens, loginLock, readLoginRecord } from "./login-record.ts";
import { keepTokens, loginMissing, readTokens } from "./login-store.ts";
import { signInAgain } from "./sign-in-again.ts";

/** A token with less than this left, in seconds, is refreshed: a command may run for a while. */
const shortSeconds = 60;
/** For the one request of a refresh, which others may be waiting for. */
const refreshTimeoutSeconds = 10;

/** What the gateway wants, and how long a request may take. */
interface LoginProject {
  readonly publishableKey: string;
  readonly timeoutSeconds: number;
}

/** A login for the length of a command. */
export interface OpenLogin {
  readonly accessToken: string;
  /** Wraps a fetch of the database so that a command that goes on for hours goes on with renewed tokens. */
  renewing(send: typeof fetch): typeof fetch;
}

/**
 * Opens a login: its tokens are read, and refreshed when they are about to end. Of several commands at once, one refreshes and
 * the others take what it stored.
 *
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) when the login has ended or cannot be read; VidopsError ERR_6005 (exit 75)
 *   when Auth cannot be reached. Nothing is deleted.
 * @example const { accessToken } = await openLogin(session, record, { publishableKey, timeoutSeconds: 15 });
 */
export async function openLogin(
  session: CommandSession,
  record: LoginRecord,
  project: LoginProject,
): Promise<OpenLogin> {
  let tokens = await currentTokens(session, record, project);
  let wasRefused = false;
  const signed = (init: RequestInit | undefined): RequestInit => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${tokens.accessToken}`);
    return { ...init, headers };
  };
  return {
    accessToken: tokens.accessToken,
    renewing: (send) => async (input, init) => {
      if (!isFresh(tokens, session.context.now())) {
        // When it fails, the database says that the token has expired, which is an error of its own kind already.
        tokens = await currentTokens(session, record, project).catch(() => tokens);
      }
      const response = await send(input, signed(init));
      if (response.status !== 401 || wasRefused) return response;
      // The clocks differ, or the project signs with another key by now. What was refused did nothing, and is sent again.
      wasRefused = true;
      const renewed = await currentTokens(session, record, project, tokens.accessToken).catch(() => null);
      if (renewed === null) return response;
      tokens = renewed;
      return send(input, signed(init));
    },
  };
}

async function currentTokens(
  session: CommandSession,
  record: LoginRecord,
  project: LoginProject,
  refused: string | null = null,
): Promise<LoginTokens> {
  const isGood = (tokens: LoginTokens): boolean =>
    isFresh(tokens, session.context.now()) && tokens.accessToken !== refused;
  const context = { ...session.context, flags: session.flags };
  const tokens = await readTokens(context, record);
  if (isGood(tokens)) return tokens;
  const refreshed = await withLock(loginLock(context, record.url), async () => {
    // Another command may have refreshed it meanwhile, moved it, or signed out or in.
    const now = readLoginRecord(context, record.url);
    if (now === null || now.userId !== record.userId) throw loginMissing(context, record.url);
    const stored = await readTokens(context, now);
    return isGood(stored) ? stored : refresh(session, now, stored, project);
  });
  if (refreshed !== null) return refreshed;
  throw new VidopsError({
    code: "ERR_6005",
    reason: "login_locked",
    message: "Another vidops is refreshing your login, and takes too long.",
    hint: "Try again in a moment.",
    retryable: true,
  });
}

async function refresh(
  session: CommandSession,
  record: LoginRecord,
  { refreshToken }: LoginTokens,
  { publishableKey, timeoutSeconds }: LoginProject,
): Promise<LoginTokens> {
  const { context, output } = session;
  const { url } = record;
  const { authError, createAuthClient, tokensOf } = await import("./auth-client.ts");
  const limit = Math.min(timeoutSeconds, refreshTimeoutSeconds);
  const client = await createAuthClient({ url, publishableKey, timeoutSeconds: limit }, context);
  // What is under way is finished: an answer that is not stored would be a login that is lost.
  using _held = holdInterruptions(context);
  const { session: renewed, error } = await client.refresh(refreshToken);
  if (error !== null || renewed === null) {
    const words = { message: `Your login at ${url} has ended.`, hint: signInAgain(session.flags) };
    throw error === null
      ? new CommandError("CLI_NOT_ALLOWED", words.message, words)
      : authError(error, url, words);
  }
  const tokens = tokensOf(renewed, context.now());
  const warning = await keepTokens(context, record, tokens);
  if (warning !== null) output.warn(warning);
  stopIfInterrupted(context);
  output.detail(`refreshed the login at ${url}`);
  return tokens;
}

function isFresh({ expiresAt }: LoginTokens, now: Date): boolean {
  return expiresAt - now.getTime() / 1000 > shortSeconds;
}
