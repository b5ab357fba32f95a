import { type AuthError, GoTrueClient, isAuthError, type Session } from "@supabase/auth-js";
import { VidopsError } from "@vidops/core/errors";
import type { CommandContext } from "../command-context.ts";
import { CommandError } from "../command-error.ts";
import { proxyFetch } from "../proxy-fetch.ts";
import type { LoginTokens } from "./login-record.ts";

/** A project's Auth, and the key that its gateway wants. */
export interface AuthProject {
  readonly url: string;
  readonly publishableKey: string;
  /** For one request. */
  readonly timeoutSeconds: number;
}

/** A client of Auth that keeps nothing and refreshes nothing by itself. */
export type AuthClient = GoTrueClient;

/**
 * Makes a client of a project's Auth. Nothing is sent yet.
 *
 * It sends no more once a request got no answer: auth-js would repeat a refresh for half a minute behind the back of whoever
 * was told that it failed, and a refresh token is good for one refresh.
 */
export async function createAuthClient(
  { url, publishableKey, timeoutSeconds }: AuthProject,
  { env }: Pick<CommandContext, "env">,
): Promise<AuthClient> {
  const send = (await proxyFetch(url, env)) ?? fetch;
  let failure: unknown = null;
  return new GoTrueClient({
    url: `${url}/auth/v1`,
    headers: { apikey: publishableKey },
    persistSession: false,
    autoRefreshToken: false,
    detectSessionInUrl: false,
    flowType: "pkce",
    fetch: async (input, init) => {
      if (failure !== null) throw failure;
      try {
        const signal = AbortSignal.timeout(Math.round(timeoutSeconds * 1000));
        return await send(input, { ...init, signal, redirect: "manual" });
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
}

/** The tokens of a session, ending by this machine's clock. */
export function tokensOf({ access_token, refresh_token, expires_in }: Session, now: Date): LoginTokens {
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    expiresAt: Math.floor(now.getTime() / 1000) + expires_in,
  };
}

/** What a refusal of Auth means to the person at the terminal. */
export interface RefusalWords {
  readonly message: string;
  readonly hint: string;
}

/**
 * The error of a request to Auth that failed.
 *
 * @param thrown what auth-js threw or returned as `error`.
 * @param words what to say when Auth refuses; `null` takes its own words.
 * @returns CLI_NOT_ALLOWED (exit 4) for a refusal, ERR_6005 or ERR_4004 (exit 75) when trying again may help.
 */
export function authError(thrown: unknown, url: string, words: RefusalWords | null = null): Error {
  if (!isAuthError(thrown)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  const { status = 0, code } = thrown;
  if (status === 429) {
    return new VidopsError({
      code: "ERR_4004",
      reason: "rate_limited",
      message: `Auth at ${url} takes no more attempts for now.`,
      hint: "Try again in a few minutes.",
      retryable: true,
      cause: thrown,
    });
  }
  if (status < 300 || status >= 500) {
    return new VidopsError({
      code: "ERR_6005",
      reason: "auth_unreachable",
      message: `Auth at ${url} cannot be reached${status >= 500 ? ` (HTTP ${status})` : ""}.`,
      hint: "Check the URL and the network, then try again.",
      retryable: true,
      cause: thrown,
    });
  }
  if (status < 400 || (code === undefined && status === 404)) return notSupabase(url, status, thrown);
  // Auth's own refusals carry a code; what has none comes from the gateway in front of it.
  if (status === 401 && code === undefined) {
    return new CommandError("CLI_NOT_ALLOWED", `The gateway of ${url} does not accept the publishable key.`, {
      hint: "Copy it again from Project Settings, API Keys, into SUPABASE_PUBLISHABLE_KEY.",
      reason: "invalid_key",
      cause: thrown,
    });
  }
  return new CommandError("CLI_NOT_ALLOWED", words?.message ?? `Auth refused: ${ownWords(thrown)}`, {
    hint: words?.hint ?? null,
    reason: code ?? "refused",
    cause: thrown,
  });
}

function notSupabase(url: string, status: number, cause: unknown): VidopsError {
  return new VidopsError({
    code: "ERR_6007",
    reason: "not_supabase",
    message: `What answers at ${url} is not Supabase Auth (HTTP ${status}).`,
    hint: "Check the project's URL.",
    cause,
  });
}

function ownWords({ message }: AuthError): string {
  const text = message.length > 200 ? `${message.slice(0, 199)}…` : message;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
