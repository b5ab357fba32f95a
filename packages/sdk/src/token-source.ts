import type { Clock } from "./clock.ts";
import type { Tokens } from "./tokens.ts";

/** Where a session is kept, and how it is renewed; see `own-session.ts` and `supabase-session.ts`. */
export interface SessionKeeper {
  /** The session as it is kept now; null when nobody is signed in. */
  load(): Promise<Tokens | null>;
  /**
   * Gets new tokens and keeps them. Null when the session is over.
   * @throws when that could not be found out
   */
  renew(tokens: Tokens): Promise<Tokens | null>;
}

/** Gives the tokens that requests are sent with. */
export interface TokenSource {
  /** The tokens now, renewed when they are about to end; null when nobody is signed in. */
  current(): Promise<Tokens | null>;
  /** How many renewals have ended: tell it to `renewed`, so that calls which were sent together share one renewal. */
  ended(): number;
  /**
   * Tokens for those that the server refused: renewed once, however many calls ask, also for those that come to ask when it
   * has failed already.
   *
   * @param refused the access token that was sent
   * @param since what `ended()` was when it was sent
   * @returns other tokens, or null when there are none to be had
   * @throws what the renewal threw
   */
  renewed(refused: string, since: number): Promise<Tokens | null>;
}

/** So long before its end a token is not sent any more, in ms: the request takes its time too. */
const MARGIN = 10_000;

/**
 * Makes a source of tokens over a session.
 *
 * In two tabs that share a storage, two renewals at the same moment send the same refresh token twice. Auth allows that within
 * its reuse interval (10 s by default) and gives both the same session; a tab that comes later finds the new tokens in the
 * storage.
 *
 * @param keeper where the session is kept
 * @param clock for the end of tokens
 * @returns the source
 * @see https://supabase.com/docs/guides/auth/sessions "What are refresh token reuse detection and the reuse interval"
 */
export function createTokenSource(keeper: SessionKeeper, clock: Clock): TokenSource {
  let ended = 0;
  let running: { readonly refused: string; readonly result: Promise<Tokens | null> } | null = null;
  let failed: { readonly refused: string; readonly at: number; readonly error: unknown } | null = null;

  const renew = async (refused: string): Promise<Tokens | null> => {
    const kept = await keeper.load();
    // Signed out meanwhile, or renewed by another tab.
    return kept === null || kept.accessToken !== refused ? kept : keeper.renew(kept);
  };

  const renewed = (refused: string, since: number): Promise<Tokens | null> => {
    if (running?.refused === refused) return running.result;
    if (failed?.refused === refused && failed.at > since) return Promise.reject(failed.error);
    const result = renew(refused)
      .catch((error: unknown) => {
        failed = { refused, at: ended + 1, error };
        throw error;
      })
      .finally(() => {
        ended += 1;
        running = null;
      });
    running = { refused, result };
    return result;
  };

  return {
    ended: () => ended,
    renewed,
    current: async () => {
      const tokens = await keeper.load();
      const ends = tokens?.expiresAt ?? null;
      if (tokens === null || ends === null || ends - clock.now() > MARGIN) return tokens;
      return renewed(tokens.accessToken, ended);
    },
  };
}
