import type { UserProfile } from "@vidops/core/users";

/**
 * Writes a profile for its user.
 *
 * @param profile as core read it
 * @returns the fields of the answer
 */
export function profileAnswer(profile: UserProfile): Record<string, unknown> {
  return {
    id: profile.id,
    email: profile.email,
    is_guest: profile.isGuest,
    tier: profile.tier,
    language: profile.language,
    theme_preference: profile.themePreference,
    credits_remaining: profile.creditsRemaining,
    credits_total: profile.creditsTotal,
    created_at: profile.createdAt,
  };
}
