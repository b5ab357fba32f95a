import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";

/** A user as admins see one. */
export interface FoundUser {
  id: string;
  email: string | null;
  tier: string;
  creditsRemaining: number;
  /** Credits ever granted or bought; refunds do not count. */
  creditsTotal: number;
  isGuest: boolean;
  isAdmin: boolean;
  language: string | null;
  /** When the account was banned, ISO 8601 UTC; null when it is not. */
  bannedAt: string | null;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** The fields of {@link FoundUser} as SQL sends them. */
export interface UserRow {
  id: string;
  email: string | null;
  tier: string;
  credits_remaining: number;
  credits_total: number;
  is_guest: boolean | null;
  is_admin: boolean | null;
  language: string | null;
  banned_at: string | null;
  created_at: string;
}

const nullableText = z.nullable(z.string());
const nullableFlag = z.nullable(z.boolean());

/** The same as fields, to spread into a schema. */
export const userFields: { [Name in keyof UserRow]: z.ZodMiniType<UserRow[Name]> } = {
  id: z.string(),
  email: nullableText,
  tier: z.string(),
  credits_remaining: z.int(),
  credits_total: z.int(),
  is_guest: nullableFlag,
  is_admin: nullableFlag,
  language: nullableText,
  banned_at: z._default(nullableText, null),
  created_at: z.string(),
};

/** A checked row as TypeScript names it. */
export function toUser(row: UserRow): FoundUser {
  return {
    id: row.id,
    email: row.email,
    tier: row.tier,
    creditsRemaining: row.credits_remaining,
    creditsTotal: row.credits_total,
    isGuest: row.is_guest ?? false,
    isAdmin: row.is_admin ?? false,
    language: row.language,
    bannedAt: row.banned_at === null ? null : isoTime(row.banned_at),
    createdAt: isoTime(row.created_at),
  };
}
