import { isSessionOver } from "./auth-client.ts";
import { type KeptGuests, withGuest } from "./kept-guests.ts";
import { ownError } from "./own-error.ts";
import type { Session } from "./session.ts";
import type { SessionKeeper } from "./token-source.ts";
import { type Tokens, userOf } from "./tokens.ts";

/** What is needed of a session of supabase-js. */
export interface SupabaseSession {
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds since 1970. */
  readonly expires_at?: number | undefined;
}

type SessionAnswer = Promise<{ data: { session: SupabaseSession | null }; error: unknown }>;

/** What is needed of a client of supabase-js; it has all of it. */
export interface SupabaseAuthClient {
  readonly auth: {
    getSession(): SessionAnswer;
    refreshSession(): SessionAnswer;
    signInAnonymously(): SessionAnswer;
    onAuthStateChange(callback: (event: string, session: SupabaseSession | null) => void): unknown;
  };
}

/** A session with all that the client does with it. */
export interface SupabaseSessionParts {
  readonly session: Session;
  readonly keeper: SessionKeeper;
  signUpGuest(): Promise<Tokens>;
}

/**
 * Makes a session over a client of supabase-js, which keeps and renews it. A guest's tokens are kept beside, so that they are
 * still there for the hand-over when the app has signed in to an account.
 *
 * @param supabase the app's client
 * @param guests where guests are kept
 * @param spoken in which the client speaks
 * @returns the session
 */
export function createSupabaseSession(
  { auth }: SupabaseAuthClient,
  guests: KeptGuests,
  spoken: () => string | null,
): SupabaseSessionParts {
  const answered = ({ data, error }: Awaited<SessionAnswer>): Tokens | null => {
    if (data.session !== null) return tokensOf(data.session);
    const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
    // Anything but Auth's own words, such as no network or a proxy, says nothing of the session.
    if (error === null || name === "AuthSessionMissingError" || isSessionOver(code)) return null;
    throw ownError("ERR_6005", "auth_unreachable", spoken(), { cause: error });
  };
  // Also when supabase-js renews them: a used refresh token is worth nothing.
  auth.onAuthStateChange((event, session) => {
    const tokens = session && tokensOf(session);
    const user = tokens && userOf(tokens);
    guests
      .change((kept) => {
        if (tokens !== null && user?.isGuest) return withGuest(kept, tokens, null);
        // A guest who signs out is gone: the next one at this device is somebody else.
        if (user === null) return kept.filter(({ account }) => event !== "SIGNED_OUT" || account !== null);
        return kept.map((each) => (each.account === null ? { ...each, account: user.userId } : each));
      })
      .catch(() => {});
  });
  const load = async (): Promise<Tokens | null> => answered(await auth.getSession());
  return {
    session: {
      user: async () => {
        const tokens = await load();
        return tokens && userOf(tokens);
      },
    },
    keeper: { load, renew: async () => answered(await auth.refreshSession()) },
    signUpGuest: async () => {
      const answer = await auth.signInAnonymously();
      const { name } = (answer.error ?? {}) as { readonly name?: unknown };
      // Auth has answered, and said no.
      const tokens = name === "AuthApiError" ? null : answered(answer);
      if (tokens !== null) return tokens;
      throw ownError("ERR_4006", "no_anonymous_sign_in", spoken(), { cause: answer.error });
    },
  };
}

function tokensOf({ access_token, refresh_token, expires_at }: SupabaseSession): Tokens {
  return {
    accessToken: access_token,
    refreshToken: refresh_token,
    expiresAt: expires_at === undefined ? null : expires_at * 1_000,
  };
}
