import * as z from "zod/mini";
import { type DatabaseClient, isUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

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

const answer = z.object({
  success: z.literal(true),
  user: z.object({
    id: z.string(),
    email: z.nullable(z.string()),
    tier: z.string(),
    credits_remaining: z.int(),
    credits_total: z.int(),
    is_guest: z.nullable(z.boolean()),
    is_admin: z.nullable(z.boolean()),
    language: z.nullable(z.string()),
    banned_at: z._default(z.nullable(z.string()), null),
    created_at: z.string(),
  }),
});

/**
 * Finds one user by id or by the whole email address; upper and lower case of the address are the same.
 *
 * @param db a client of an admin or with a secret key
 * @param idOrEmail a uuid, or an email address
 * @param options a signal
 * @returns the user
 * @throws VidopsError ERR_4008 neither a uuid nor an email address (nothing sent) · ERR_4007 user_not_found ·
 *   ERR_4009 ambiguous_user, when several users have the address (`details.user_ids`) · ERR_4006 forbidden
 * @example
 * ```ts
 * const user = await findUser(db, "ada@example.com");
 * ```
 */
export async function findUser(
  db: DatabaseClient,
  idOrEmail: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<FoundUser> {
  const { user } = await rpc(db, "find_user", { p_user: requireUserName(idOrEmail) }, answer, {
    effect: "read",
    signal: options.signal,
  });
  return {
    id: user.id,
    email: user.email,
    tier: user.tier,
    creditsRemaining: user.credits_remaining,
    creditsTotal: user.credits_total,
    isGuest: user.is_guest ?? false,
    isAdmin: user.is_admin ?? false,
    language: user.language,
    bannedAt: user.banned_at === null ? null : new Date(user.banned_at).toISOString(),
    createdAt: new Date(user.created_at).toISOString(),
  };
}

function requireUserName(value: unknown): string {
  const name = typeof value === "string" ? value.trim() : "";
  if (isUuid(name) || (name.length <= 320 && /^[^\s@\0]+@[^\s@\0]+$/.test(name))) return name;
  throw validationError(
    "user",
    "is neither a uuid nor an email address",
    "Give the user's id or the whole email address.",
  );
}
