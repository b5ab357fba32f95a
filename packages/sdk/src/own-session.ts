import type { AuthClient, PasswordLogin } from "./auth-client.ts";
import { type KeptGuests, withGuest } from "./kept-guests.ts";
import type { KeptTokens } from "./kept-tokens.ts";
import type { GivenTokens, OwnSession } from "./session.ts";
import { tokenClaims } from "./token-claims.ts";
import type { SessionKeeper } from "./token-source.ts";
import { type SessionUser, type Tokens, userOf } from "./tokens.ts";

/** Where a session and the guest before it are kept. */
export interface OwnSessionPlan {
  readonly auth: AuthClient;
  readonly kept: KeptTokens;
  readonly guests: KeptGuests;
}

/** A session with all that the client does with it. */
export interface OwnSessionParts {
  readonly session: OwnSession;
  readonly keeper: SessionKeeper;
  /** Makes a guest, and signs in as it. */
  signUpGuest(): Promise<Tokens>;
}

/**
 * Makes a session over the project's Auth, without supabase-js.
 *
 * @param plan Auth, and where tokens are kept
 * @returns the session
 */
export function createOwnSession({ auth, kept, guests }: OwnSessionPlan): OwnSessionParts {
  const enter = async (tokens: Tokens): Promise<SessionUser> => {
    const before = await kept.load();
    const user = userOf(tokens);
    // First the guest, then the account: whenever the program ends between the two, nothing is lost.
    if (before !== null && userOf(before).isGuest && userOf(before).userId !== user.userId)
      await guests.change((kept) => withGuest(kept, before, user.userId));
    await kept.save(tokens);
    return user;
  };
  return {
    session: {
      user: async () => {
        const tokens = await kept.load();
        return tokens && userOf(tokens);
      },
      signIn: async (login: PasswordLogin) => enter(await auth.signIn(login)),
      signUp: async (login: PasswordLogin) => {
        const tokens = await auth.signUp(login);
        return tokens && enter(tokens);
      },
      adopt: (given) => enter(adopted(given)),
      signOut: async () => {
        const tokens = await kept.load();
        await kept.forget();
        // Whether or not Auth hears of it, this device has forgotten the tokens.
        if (tokens !== null) await auth.signOut(tokens.accessToken).catch(() => {});
      },
    },
    keeper: { load: kept.load, renew: (tokens) => renewKept(tokens, kept, auth) },
    signUpGuest: async () => {
      const tokens = await auth.signUpGuest();
      // Another tab was quicker: a guest who is nobody is left behind, not one with credits.
      const other = await kept.load();
      if (other === null) await kept.save(tokens);
      return other ?? tokens;
    },
  };
}

/**
 * Renews the tokens that are kept.
 *
 * @param tokens as they were read
 * @param kept where they are
 * @param auth what renews
 * @returns the new ones, or those that somebody else has put there meanwhile; null when the session is over
 * @throws VidopsError when Auth could not be asked
 */
export async function renewKept(tokens: Tokens, kept: KeptTokens, auth: AuthClient): Promise<Tokens | null> {
  const answer = tokens.refreshToken === null ? null : await auth.refresh(tokens.refreshToken);
  const current = await kept.load();
  // Signed out, or signed in as another, or renewed by another tab: that holds, not this.
  if (current?.refreshToken !== tokens.refreshToken || current.accessToken !== tokens.accessToken)
    return current;
  if (answer === null) await kept.forget();
  // A storage that is full or locked must not cost the session: they are kept in memory until it takes them.
  else await kept.save(answer).catch(() => {});
  return answer;
}

/**
 * Reads tokens that the app got by itself.
 *
 * @param given the tokens
 * @returns them, with their end where they can be renewed then: by the token, which is Auth's clock
 */
export function adopted({ accessToken, refreshToken = null }: GivenTokens): Tokens {
  const exp = tokenClaims(accessToken)?.exp;
  return {
    accessToken,
    refreshToken,
    expiresAt: refreshToken !== null && typeof exp === "number" ? exp * 1_000 : null,
  };
}
