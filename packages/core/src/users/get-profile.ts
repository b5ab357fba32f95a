import { type DatabaseClient, read, requireUuid } from "../database/index.ts";
import { VidopsError, validationError } from "../errors/index.ts";
import { profileColumns, profileRow, toProfile, type UserProfile } from "./profile.ts";

/** Whose profile to read. */
export interface ProfileQuery {
  userId: string;
  signal?: AbortSignal | undefined;
}

/** What a user may change of themselves; what is left out stays. */
export interface ProfileChange extends ProfileQuery {
  /** `en`, `tr` or `es`. */
  language?: string | undefined;
  /** 1 to 40 characters; vidops knows `system`, `light` and `dark`. */
  themePreference?: string | undefined;
}

const languages = ["en", "tr", "es"];

/**
 * Reads a user's profile.
 *
 * @param db a client of the user, or with a secret key
 * @param query whose
 * @returns the profile
 * @throws VidopsError ERR_4007 user_not_found, also for one who has not been onboarded · ERR_4008 malformed id
 * @example
 * ```ts
 * const { creditsRemaining } = await getProfile(db, { userId });
 * ```
 */
export async function getProfile(db: DatabaseClient, { userId, signal }: ProfileQuery): Promise<UserProfile> {
  const id = requireUuid("userId", userId);
  const [row] = await read(
    db,
    (client) => client.from("users").select(profileColumns).eq("id", id),
    profileRow,
    { signal },
  );
  if (row === undefined) throw notFound();
  return toProfile(row);
}

/**
 * Changes what a user may change of their profile, with one request.
 *
 * @param db a client of the user, or with a secret key
 * @param change whose; language, theme, or both
 * @returns the profile after it
 * @throws VidopsError ERR_4008 nothing to change, or a language or theme that cannot be · ERR_4007 user_not_found · ERR_6006 the
 *   answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * await updateProfile(db, { userId, language: "tr" });
 * ```
 */
export async function updateProfile(db: DatabaseClient, change: ProfileChange): Promise<UserProfile> {
  const id = requireUuid("userId", change.userId);
  const columns = requireChange(change);
  const [row] = await read(
    db,
    (client) => client.from("users").update(columns).eq("id", id).select(profileColumns),
    profileRow,
    { effect: "write", signal: change.signal },
  );
  if (row === undefined) throw notFound();
  return toProfile(row);
}

function requireChange({ language, themePreference }: ProfileChange): {
  language?: string;
  theme_preference?: string;
} {
  if (language === undefined && themePreference === undefined)
    throw validationError("profile", "has nothing to change", "Give language or theme_preference.");
  if (language !== undefined && !languages.includes(language))
    throw validationError("language", "is not one of en, tr, es");
  if (themePreference !== undefined && !isTheme(themePreference))
    throw validationError("themePreference", "is malformed", "Give 1 to 40 characters.");
  return {
    ...(language !== undefined && { language }),
    ...(themePreference !== undefined && { theme_preference: themePreference }),
  };
}

function isTheme(value: unknown): boolean {
  if (typeof value !== "string" || value.trim() === "") return false;
  return [...value].length <= 40 && !value.includes("\0") && value.isWellFormed();
}

function notFound(): VidopsError {
  return new VidopsError({
    code: "ERR_4007",
    reason: "user_not_found",
    message: "There is no such user.",
    hint: "Onboard the user first: `onboardGuest`.",
  });
}
