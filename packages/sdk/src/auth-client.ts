import { isVidopsError } from "@vidops/core/errors";
import type { Call } from "./call.ts";
import type { ClientSettings } from "./client-settings.ts";
import { ownError } from "./own-error.ts";
import { readTokens, type Tokens } from "./tokens.ts";
import type { Transport } from "./transport.ts";

/** Who signs in with a password. */
export interface PasswordLogin {
  readonly email: string;
  readonly password: string;
}

/** As much of Supabase Auth as an app without supabase-js needs. Everything throws what the transport does. */
export interface AuthClient {
  /** A new anonymous user. */
  signUpGuest(signal?: AbortSignal): Promise<Tokens>;
  /** A new user; null when the address has to be confirmed first. */
  signUp(login: PasswordLogin): Promise<Tokens | null>;
  signIn(login: PasswordLogin): Promise<Tokens>;
  /** New tokens; the old refresh token is used up, but for Auth's reuse interval. Null when Auth says that the session is over. */
  refresh(refreshToken: string): Promise<Tokens | null>;
  /** Ends the session of a token. */
  signOut(accessToken: string): Promise<void>;
}

/**
 * Makes a client of the project's Auth.
 *
 * @param settings of the client
 * @param transport what sends
 * @returns its calls
 * @see https://supabase.com/docs/reference/self-hosting-auth
 */
export function createAuthClient(settings: ClientSettings, transport: Transport): AuthClient {
  const post = async (path: string, body: unknown, more: Partial<Call>): Promise<Tokens | null> => {
    const { data } = await transport({ path: `/auth/v1/${path}`, body, timeout: 30_000, ...more });
    return readTokens(data, settings.clock.now());
  };
  const session = async (path: string, body: unknown): Promise<Tokens> => {
    const tokens = await post(path, body, { answer: "access_token", harmless: true });
    if (tokens !== null) return tokens;
    throw ownError("ERR_6007", "unexpected_answer", settings.spoken());
  };
  return {
    // Repeated when its answer was lost: then there is one user more, who has nothing and costs nothing.
    signUpGuest: () => session("signup", {}),
    signUp: (login) => post("signup", login, { repeatable: false }),
    signIn: ({ email, password }) => session("token?grant_type=password", { email, password }),
    refresh: async (refreshToken) => {
      try {
        return await session("token?grant_type=refresh_token", { refresh_token: refreshToken });
      } catch (error) {
        const status = isVidopsError(error) ? Number(error.details?.status) : 0;
        if (!isVidopsError(error) || !(status >= 400 && status < 500)) throw error;
        if (isSessionOver(error.reason)) return null;
        // A proxy or a gateway: nothing that it says ends a session.
        const { reason, details, requestId } = error;
        const more = { retryable: true, details, requestId, cause: error };
        throw ownError("ERR_6007", reason, settings.spoken(), more);
      }
    },
    signOut: async (token) => {
      await post("logout?scope=local", {}, { headers: { authorization: `Bearer ${token}` } });
    },
  };
}

/**
 * Tells whether Auth has said that a session is over for good. Whoever else refuses says nothing of it: a guest who is forgotten
 * for that is gone with all credits.
 *
 * @param word Auth's `error_code`
 * @see https://supabase.com/docs/guides/auth/debugging/error-codes
 */
export function isSessionOver(word: unknown): boolean {
  return (
    typeof word === "string" &&
    /^(?:refresh_token_|session_|(?:user_not_found|user_banned|invalid_grant|bad_jwt|validation_failed)$)/.test(
      word,
    )
  );
}
