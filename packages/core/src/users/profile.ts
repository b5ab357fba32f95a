import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";

/** A user as they see themselves. */
export interface UserProfile {
  id: string;
  /** Null for a guest. */
  email: string | null;
  isGuest: boolean;
  tier: string;
  language: string | null;
  themePreference: string | null;
  creditsRemaining: number;
  /** Credits ever granted or bought; refunds do not count. */
  creditsTotal: number;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** The fields of {@link UserProfile} as SQL sends them. */
export interface ProfileRow {
  id: string;
  email: string | null;
  is_guest: boolean | null;
  tier: string;
  language: string | null;
  theme_preference: string | null;
  credits_remaining: number;
  credits_total: number;
  created_at: string;
}

const nullableText = z.nullable(z.string());

/** Checks a row. */
export const profileRow: z.ZodMiniType<ProfileRow> = z.object({
  id: z.string(),
  email: nullableText,
  is_guest: z.nullable(z.boolean()),
  tier: z.string(),
  language: nullableText,
  theme_preference: nullableText,
  credits_remaining: z.int(),
  credits_total: z.int(),
  created_at: z.string(),
});

/** The columns of a profile, for a query. */
export const profileColumns =
  "id,email,is_guest,tier,language,theme_preference,credits_remaining,credits_total,created_at";

/** Names a row's fields as TypeScript does. */
export function toProfile(row: ProfileRow): UserProfile {
  return {
    id: row.id,
    email: row.email,
    isGuest: row.is_guest ?? false,
    tier: row.tier,
    language: row.language,
    themePreference: row.theme_preference,
    creditsRemaining: row.credits_remaining,
    creditsTotal: row.credits_total,
    createdAt: isoTime(row.created_at),
  };
}
