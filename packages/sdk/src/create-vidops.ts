import { type Accounts, createAccounts } from "./account.ts";
import { createAuthClient } from "./auth-client.ts";
import { createBalanceCache } from "./balance-cache.ts";
import { type ClientOptions, clientSettings } from "./client-settings.ts";
import { type Credits, createCredits, readBalance } from "./credits.ts";
import { createGuests, type Guests } from "./guest.ts";
import { keptGuests } from "./kept-guests.ts";
import { keptTokens } from "./kept-tokens.ts";
import { createModels, type Models } from "./models.ts";
import { adopted, createOwnSession } from "./own-session.ts";
import { createProfiles, type Profiles } from "./profile.ts";
import { createSend, notSignedIn } from "./send.ts";
import type { GivenTokens, OwnSession, Session } from "./session.ts";
import { createSupabaseSession, type SupabaseAuthClient } from "./supabase-session.ts";
import { createTokenSource } from "./token-source.ts";
import { memoryStorage } from "./token-storage.ts";
import { userOf, writeTokens } from "./tokens.ts";
import { createTransport } from "./transport.ts";
import { createVideos, type Videos } from "./videos.ts";

/** What an app does with vidops, as one user. */
export interface Vidops {
  readonly session: Session;
  readonly credits: Credits;
  readonly models: Models;
  readonly profile: Profiles;
  readonly videos: Videos;
  readonly guest: Guests;
  readonly account: Accounts;
}

/** The options of a client that keeps its session itself. */
export interface VidopsOptions extends ClientOptions {
  /** A session to begin with, kept in memory: on a server, that of the user who asked it. Default: what is in `storage`. */
  readonly session?: GivenTokens | undefined;
}

/** The options of a client that shares the session of supabase-js. */
export interface SupabaseVidopsOptions extends ClientOptions {
  /** The app's client of supabase-js, of the same project. */
  readonly supabase: SupabaseAuthClient;
}

/** The options of {@link createVidops}. */
type AnyOptions = ClientOptions & Partial<VidopsOptions & SupabaseVidopsOptions>;

/**
 * Makes a client of vidops for one user. Nothing is sent yet.
 *
 * Calls are repeated when that is safe and can help; a token that is not accepted is renewed once for all calls. Everything
 * that goes wrong is a VidopsError with a code to branch on, a message for the user in the user's language, and a request id.
 *
 * @param options the project's URL and publishable key, and where the session is kept
 * @returns the client
 * @throws ValidationError ERR_4008 for a malformed URL or key, and for a secret key
 * @example
 * ```ts
 * const vidops = createVidops({ url: "https://abc.supabase.co", key: "sb_publishable_abc" });
 * await vidops.guest.start({ deviceId });
 * const { jobId } = await vidops.videos.generate({ modelId, prompt: "A cat on a skateboard" });
 * const { videoUrl } = await vidops.videos.waitFor(jobId);
 * ```
 */
export function createVidops(options: SupabaseVidopsOptions): Vidops;
export function createVidops(options: VidopsOptions): Vidops & { readonly session: OwnSession };
export function createVidops(options: AnyOptions): Vidops {
  const settings = clientSettings(options);
  const { clock, spoken } = settings;
  const transport = createTransport(settings);
  const auth = createAuthClient(settings, transport);

  // Letters, digits, points and bars alone: more a key store of a system does not take.
  const name = `vidops.${settings.url.replace(/^.*\/\//, "").replace(/\W/g, "_")}`;
  const { session: given, supabase } = options;
  const storage = (given === undefined && options.storage) || memoryStorage();
  if (given !== undefined) storage.set(`${name}.session`, writeTokens(adopted(given)));
  const guests = keptGuests(storage, `${name}.guests`);
  const { session, keeper, signUpGuest } =
    supabase === undefined
      ? createOwnSession({ auth, guests, kept: keptTokens(storage, `${name}.session`, clock) })
      : createSupabaseSession(supabase, guests, spoken);

  const source = createTokenSource(keeper, clock);
  const send = createSend(settings, transport, source);
  const balance = createBalanceCache((signal) => readBalance(send, signal), clock.now);
  const userId = async (): Promise<string> => {
    const tokens = await source.current();
    if (tokens === null) throw notSignedIn(settings);
    return userOf(tokens).userId;
  };
  const { current } = source;
  return {
    session,
    credits: createCredits(send, balance, userId, settings.balanceMaxAge),
    models: createModels(send),
    profile: createProfiles(send),
    videos: createVideos(send, balance, settings),
    guest: createGuests({ settings, send, balance, current, signUpGuest }),
    account: createAccounts({ settings, send, balance, auth, guests, current }),
  };
}
