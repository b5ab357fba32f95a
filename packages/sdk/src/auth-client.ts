import { VidopsError } from "@vidops/core/errors";
import type { ClientSettings } from "./client-settings.ts";
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
  /** New tokens; the old refresh token is used up, but for Auth's reuse interval. */
  refresh(refreshToken: string): Promise<Tokens>;
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
  const post = async (
    path: string,
    body: unknown,
    more: { repeatable: boolean; token?: string },
  ): Promise<Tokens | null> => {
    const { data } = await transport({
      method: "POST",
      path: `/auth/v1/${path}`,
      body,
      timeout: 30_000,
      repeatable: more.repeatable,
      harmless: more.repeatable,
      ...(more.token !== undefined && { headers: { authorization: `Bearer ${more.token}` } }),
    });
    return readTokens(data, settings.clock.now());
  };
  const session = async (path: string, body: unknown): Promise<Tokens> => {
    const tokens = await post(path, body, { repeatable: true });
    if (tokens !== null) return tokens;
    throw new VidopsError({
      code: "ERR_6007",
      reason: "no_session",
      message: "Auth answered without a session.",
    });
  };
  return {
    // Repeated when its answer was lost: then there is one user more, who has nothing and costs nothing.
    signUpGuest: () => session("signup", {}),
    signUp: (login) => post("signup", login, { repeatable: false }),
    signIn: ({ email, password }) => session("token?grant_type=password", { email, password }),
    refresh: (refreshToken) => session("token?grant_type=refresh_token", { refresh_token: refreshToken }),
    signOut: async (token) => {
      await post("logout?scope=local", {}, { repeatable: true, token });
    },
  };
}
