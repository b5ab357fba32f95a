import {
  type AuthError,
  AuthRetryableFetchError,
  GoTrueClient,
  isAuthError,
  type Session,
  type SupportedStorage,
} from "@supabase/auth-js";
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

/** A client of Auth that keeps nothing and renews nothing by itself. */
export interface AuthClient {
  readonly auth: GoTrueClient;
  /**
   * Refreshes a session with one request. auth-js would repeat it for half a minute, also behind the back of whoever was told
   * that it failed, and a refresh token is good for one refresh.
   */
  refresh(
    refreshToken: string,
  ): Promise<{ readonly session: Session | null; readonly error: AuthError | null }>;
}

/** Makes a client of a project's Auth, which sends no more once a request has failed. Nothing is sent yet. */
export async function createAuthClient(
  { url, publishableKey, timeoutSeconds }: AuthProject,
  { env }: Pick<CommandContext, "env">,
): Promise<AuthClient> {
  const send = (await proxyFetch(url, env)) ?? fetch;
  const { promise: repeated, resolve: giveUp } = Promise.withResolvers<AuthError>();
  let failure: AuthError | null = null;
  // How many requests may still be sent.
  let allowed = Number.POSITIVE_INFINITY;
  const auth = new GoTrueClient({
    url: `${url}/auth/v1`,
    headers: { apikey: publishableKey },
    persistSession: true,
    storage: keepingStorage(),
    autoRefreshToken: false,
    detectSessionInUrl: false,
    flowType: "pkce",
    fetch: async (input, init) => {
      if (failure !== null || allowed === 0) {
        failure ??= unreachable("The answer cannot be read", 0);
        giveUp(failure);
        throw failure;
      }
      allowed -= 1;
      try {
        const signal = AbortSignal.timeout(Math.round(timeoutSeconds * 1000));
        const response = await send(input, { ...init, signal, redirect: "manual" });
        if (response.status >= 500) failure = unreachable(`HTTP ${response.status}`, response.status);
        return response;
      } catch (error) {
        failure = unreachable(error instanceof Error ? error.message : String(error), 0);
        throw error;
      }
    },
  });
  return {
    auth,
    refresh: async (refreshToken) => {
      allowed = 1;
      const answer = auth.refreshSession({ refresh_token: refreshToken });
      const given = await Promise.race([answer, repeated]);
      allowed = Number.POSITIVE_INFINITY;
      return "data" in given
        ? { session: given.data.session, error: given.error }
        : { session: null, error: given };
    },
  };
}

/**
 * Keeps in this process what auth-js stores, also when auth-js removes it: it forgets the verifier of a browser sign-in with
 * the first code that Auth refuses, and that may be a stranger's.
 */
function keepingStorage(): SupportedStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: () => {},
  };
}

function unreachable(message: string, status: number): AuthError {
  return new AuthRetryableFetchError(message, status);
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
