import { isVidopsError } from "@vidops/core/errors";
import type { AuthClient } from "./auth-client.ts";
import type { BalanceCache } from "./balance-cache.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCased } from "./camel-cased.ts";
import type { ClientSettings } from "./client-settings.ts";
import { type KeptGuests, withGuest, withoutGuest } from "./kept-guests.ts";
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
   * Hands the credits and videos of the guest who signed in to this account over to it. Call it after each sign-in: the guest is
   * kept, for this account alone, until the server has confirmed, also over a crash; null when there was none, or when the
   * guest's session is over.
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
  readonly guests: KeptGuests;
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
  const handOver = singleFlight(() => handOverGuests(plan));
  return { handOver: ({ signal } = {}) => untilAborted(signal, handOver()) };
}

async function handOverGuests(plan: AccountsPlan): Promise<HandOver | null> {
  const { settings, guests } = plan;
  const kept = await guests.all();
  if (kept.length === 0) return null;
  const session = await plan.current();
  if (session === null) throw notSignedIn(settings);
  const { userId, isGuest } = userOf(session);
  if (isGuest) {
    // A guest who is there already has nothing to hand over.
    if (withoutGuest(kept, userId).length === 0) return null;
    throw ownError("ERR_4006", "not_an_account", settings.spoken());
  }
  const all: HandOver[] = [];
  for (const { tokens, account } of kept) {
    const moved = account === userId ? await handOverGuest(tokens, userId, plan) : null;
    if (moved !== null) all.push(moved);
  }
  const last = all.at(-1);
  if (last === undefined) return null;
  return {
    ...last,
    creditsMoved: all.reduce((sum, each) => sum + each.creditsMoved, 0),
    jobsMoved: all.reduce((sum, each) => sum + each.jobsMoved, 0),
  };
}

async function handOverGuest(kept: Tokens, account: string, plan: AccountsPlan): Promise<HandOver | null> {
  const { settings, auth, guests } = plan;
  const { userId } = userOf(kept);
  const guest: KeptTokens = {
    load: async () =>
      (await guests.all()).find(({ tokens }) => userOf(tokens).userId === userId)?.tokens ?? null,
    save: (tokens) => guests.change((all) => withGuest(all, tokens, account)),
    forget: () => guests.change((all) => withoutGuest(all, userId)),
  };
  if (userId === account) {
    // The guest became the account itself, by an address that was added: all is there already.
    await guest.forget();
    return null;
  }
  const renewed = async (): Promise<HandOver | null> => {
    const tokens = await renewKept(kept, guest, auth);
    // Nobody can prove any more who the guest was.
    return tokens && sendToken(tokens, guest, plan);
  };
  // The token was kept when the account signed in, and that may be long ago.
  if (kept.expiresAt !== null && kept.expiresAt - settings.clock.now() < 30_000) return renewed();
  return sendToken(kept, guest, plan).catch((error: unknown) => {
    if (isVidopsError(error) && error.code === "ERR_4008") return renewed();
    throw error;
  });
}

const FINAL: ReadonlySet<string> = new Set(["account_handed_over", "not_a_guest"]);

function sendToken(
  { accessToken }: Tokens,
  guest: KeptTokens,
  { send, balance }: AccountsPlan,
): Promise<HandOver> {
  return balance.write(async () => {
    try {
      const { data, userId } = await send({
        path: "/functions/v1/hand-over-guest",
        body: { guest_token: accessToken },
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
