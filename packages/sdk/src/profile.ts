import { objectOf } from "./answer-error.ts";
import type { CallOptions } from "./call-options.ts";
import { camelCased } from "./camel-cased.ts";
import type { Reply, Send } from "./send.ts";

/** The user, as the user may see it. */
export interface Profile {
  readonly id: string;
  readonly email: string | null;
  readonly isGuest: boolean;
  readonly tier: "free" | "premium" | (string & {});
  readonly language: "en" | "tr" | "es" | (string & {});
  readonly themePreference: string | null;
  readonly creditsRemaining: number;
  readonly creditsTotal: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What a user may change; what is left out stays. */
export interface ProfileChange {
  /** In which the server writes messages, e.g. `"tr"`. */
  readonly language?: string | undefined;
  readonly themePreference?: string | undefined;
}

/** The profile of the user who is signed in. */
export interface Profiles {
  /** @throws VidopsError ERR_4007 before the user was onboarded by `guest.start()` */
  get(options?: CallOptions): Promise<Profile>;
  /** @throws VidopsError ERR_4008 for a language or a theme that is not known */
  update(change: ProfileChange, options?: CallOptions): Promise<Profile>;
}

/**
 * Makes `vidops.profile`.
 *
 * @param send what sends as the user
 * @returns the functions
 */
export function createProfiles(send: Send): Profiles {
  const path = "/functions/v1/get-user-profile";
  const told = ({ data }: Reply): Profile => camelCased(objectOf(data)?.profile);
  return {
    get: async (options = {}) => told(await send({ path, answer: "profile", options })),
    update: async ({ language, themePreference }, options = {}) =>
      told(
        await send({
          method: "PATCH",
          path,
          answer: "profile",
          body: { language, theme_preference: themePreference },
          options,
        }),
      ),
  };
}
