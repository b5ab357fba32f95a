import { isVidopsError } from "@vidops/core/errors";
import type { AuthClient } from "./auth-client.ts";
import type { BalanceCache } from "./balance-cache.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCased } from "./camel-cased.ts";
import type { ClientSettings } from "./client-settings.ts";
import type { KeptTokens } from "./kept-tokens.ts";
import { ownError } from "./own-error.ts";
import { renewKept } from "./own-session.ts";
import { notSignedIn, type Send } from "./send.ts";
import { singleFlight } from "./single-flight.ts";
import { type Tokens, userOf } from "./tokens.ts";
import { untilAborted } from "./until-aborted.ts";

/** What came from the guest. */
export interface HandOver {
  readonly creditsMoved: number;
  /** Videos; 0 where it was done before. */
  readonly jobsMoved: number;
  /** The account's. */
  readonly creditsRemaining: number;
  /** True when it was done before, and its answer was lost. */
  readonly replayed: boolean;
}

/** The account of the user. */
export interface Accounts {
  /**
   * Hands the guest's credits and videos over to the account that is signed in now. Call it after each sign-in: the guest is
   * kept until the server has confirmed, also over a crash; null when there was none.
   * @throws VidopsError ERR_4005 nobody is signed in · ERR_4006 `not_an_account` another guest is · ERR_4009 the guest was handed
   *   to another account
   */
  handOver(options?: Pick<CallOptions, "signal">): Promise<HandOver | null>;
}

/** What a hand-over needs. */
export interface AccountsPlan {
  readonly settings: ClientSettings;
  readonly send: Send;
  readonly balance: BalanceCache;
  readonly auth: AuthClient;
  /** The guest who was there before the account. */
  readonly guest: KeptTokens;
  /** The session, null when nobody is signed in. */
  current(): Promise<Tokens | null>;
}

/**
 * Makes `vidops.account`.
 *
 * @param plan what it needs
 * @returns the functions
 */
export function createAccounts(plan: AccountsPlan): Accounts {
  const handOver = singleFlight(() => handOverGuest(plan));
  return { handOver: ({ signal } = {}) => untilAborted(signal, handOver()) };
}

async function handOverGuest(plan: AccountsPlan): Promise<HandOver | null> {
  const { settings, auth, guest } = plan;
  const kept = await guest.load();
  if (kept === null) return null;
  const session = await plan.current();
  if (session === null) throw notSignedIn(settings);
  const user = userOf(session);
  if (user.userId === userOf(kept).userId) {
    // The guest became the account itself, by an address that was added: all is there already.
    if (!user.isGuest) await guest.forget();
    return null;
  }
  if (user.isGuest) throw ownError("ERR_4006", "not_an_account", settings.spoken());
  const hand = ({ accessToken }: Tokens): Promise<HandOver> => sendToken(accessToken, plan);
  const renewed = async (): Promise<HandOver> => {
    const tokens = await renewKept(kept, guest, auth);
    if (tokens === null) throw ownError("ERR_4005", "guest_session_over", settings.spoken());
    return hand(tokens);
  };
  // The token was kept when the account signed in, and that may be long ago.
  if (kept.expiresAt !== null && kept.expiresAt - settings.clock.now() < 30_000) return renewed();
  return hand(kept).catch((error: unknown) => {
    if (isVidopsError(error) && error.code === "ERR_4008") return renewed();
    throw error;
  });
}

const FINAL: ReadonlySet<string> = new Set(["account_handed_over", "not_a_guest"]);

function sendToken(guestToken: string, { send, balance, guest }: AccountsPlan): Promise<HandOver> {
  return balance.write(async () => {
    try {
      const { data, userId } = await send({
        path: "/functions/v1/hand-over-guest",
        body: { guest_token: guestToken },
        answer: "credits_moved",
      });
      const value = camelCased<HandOver>(data);
      await guest.forget();
      // The total has changed too.
      return { value, userId, creditsRemaining: null };
    } catch (error) {
      // Nothing will make these true: there is no such guest, or it belongs to another account. A gateway cannot know.
      const isFinal = isVidopsError(error) && (error.code === "ERR_4007" || FINAL.has(error.reason));
      if (isFinal) await guest.forget();
      throw error;
    }
  });
}
