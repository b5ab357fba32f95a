import * as z from "zod/mini";
import { type DatabaseClient, read, requireUuid } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";

/** What a user has. */
export interface CreditBalance {
  userId: string;
  email: string | null;
  /** Credits to spend. */
  creditsRemaining: number;
  /** Credits ever granted or bought; refunds do not count. */
  creditsTotal: number;
}

const row = z.object({
  id: z.string(),
  email: z.nullable(z.string()),
  credits_remaining: z.int(),
  credits_total: z.int(),
});

/**
 * Reads a user's balance.
 *
 * @param db a client of the user, of an admin, or with a secret key
 * @param userId the user
 * @param options a signal
 * @returns the balance
 * @throws VidopsError ERR_4008 malformed id · ERR_4007 user_not_found (also when the client may not see the user)
 * @example
 * ```ts
 * const { creditsRemaining } = await creditBalance(db, userId);
 * ```
 */
export async function creditBalance(
  db: DatabaseClient,
  userId: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<CreditBalance> {
  const id = requireUuid("userId", userId);
  const [user] = await read(
    db,
    (client) => client.from("users").select("id,email,credits_remaining,credits_total").eq("id", id).limit(1),
    row,
    options,
  );
  if (user === undefined) {
    throw new VidopsError({
      code: "ERR_4007",
      reason: "user_not_found",
      message: "There is no such user.",
      hint: "Check the id, or find the user by email.",
      details: { user_id: id },
    });
  }
  return {
    userId: user.id,
    email: user.email,
    creditsRemaining: user.credits_remaining,
    creditsTotal: user.credits_total,
  };
}
