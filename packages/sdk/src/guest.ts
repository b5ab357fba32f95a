import type { BalanceCache } from "./balance-cache.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCased } from "./camel-cased.ts";
import type { ClientSettings } from "./client-settings.ts";
import type { Profile } from "./profile.ts";
import type { Send } from "./send.ts";
import { singleFlight } from "./single-flight.ts";
import type { Tokens } from "./tokens.ts";
import { untilAborted } from "./until-aborted.ts";

/** Which device it is. */
export interface GuestDevice {
  /** An id that stays when the app is installed anew, as far as the system has one. */
  readonly deviceId: string;
  /** What the system says of the device, e.g. a token of Apple's DeviceCheck; made anew for each start. */
  readonly attestation?: string | undefined;
  /** In which the server shall write messages, e.g. `"tr"`; `profile.update` changes it. Default: the client's. */
  readonly language?: string | undefined;
}

/** A user who can begin. */
export interface Onboarded {
  readonly profile: Profile;
  /** True when this call gave the first credits. */
  readonly granted: boolean;
  readonly creditsGranted: number;
  /** Why not: `device_seen_before`, `already_granted`, `no_grant`; null when they were given. */
  readonly grantRefused: string | null;
}

/** How an app begins. */
export interface Guests {
  /**
   * Lets the app begin: signs in an anonymous user unless somebody is signed in, and makes the profile with its first credits,
   * once for each device. Call it at each start of the app, and after a sign-up.
   * @throws VidopsError ERR_4006 for a device that is not believed · ERR_4012
   */
  start(device: GuestDevice, options?: CallOptions): Promise<Onboarded>;
}

/** What onboarding needs. */
export interface GuestsPlan {
  readonly settings: ClientSettings;
  readonly send: Send;
  readonly balance: BalanceCache;
  /** The session, null when nobody is signed in. */
  current(): Promise<Tokens | null>;
  signUpGuest(): Promise<Tokens>;
}

/**
 * Makes `vidops.guest`.
 *
 * @param plan what it needs
 * @returns the functions
 */
export function createGuests({ settings, send, balance, current, signUpGuest }: GuestsPlan): Guests {
  // One guest, however often it is called at once.
  const ensureUser = singleFlight(async () => (await current()) ?? signUpGuest());
  return {
    start: async ({ deviceId, attestation, language }, options = {}) => {
      await untilAborted(options.signal, ensureUser());
      const { data } = await send({
        path: "/functions/v1/device-check",
        answer: "user",
        body: { device_id: deviceId, attestation, language: language ?? settings.language() ?? undefined },
        options,
      });
      const { user, ...granted } = camelCased<Omit<Onboarded, "profile"> & { readonly user: unknown }>(data);
      const profile = camelCased<Profile>(user);
      const { creditsRemaining, creditsTotal } = profile;
      balance.told(profile.id, { creditsRemaining, creditsTotal });
      return { profile, ...granted };
    },
  };
}
