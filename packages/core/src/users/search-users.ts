import * as z from "zod/mini";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type FoundUser, toUser, userFields } from "./user.ts";
import { decodeUserCursor, encodeUserCursor, type SearchedUsers } from "./user-cursor.ts";

/** Whom to look for. All filters given must fit. */
export interface UserSearch {
  /**
   * An id or its beginning (four digits or more), any part of an email in any case, a whole device id or job id: 1 to 320
   * characters, taken to the letter. Blank and null: everybody.
   */
  text?: string | null;
  admin?: boolean | null;
  banned?: boolean | null;
  tier?: "free" | "premium" | null;
  guest?: boolean | null;
  /** Users a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** A user who was found. */
export interface UserMatch extends FoundUser {
  deviceId: string | null;
  /** What of the user the text is, or is part of; null without a text. */
  matchedBy: "id" | "email" | "device_id" | "job_id" | null;
}

/** One page, newest users first. */
export interface UserPage {
  users: UserMatch[];
  /** Hand it back for the next page; null on the last one. A page may be short and still have a next one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  users: z.array(
    z.object({
      ...userFields,
      device_id: z.nullable(z.string()),
      matched_by: z.nullable(z.enum(["id", "email", "device_id", "job_id"])),
    }),
  ),
  next: z.nullable(z.object({ created_at: z.string(), id: z.string() })),
});

/**
 * Searches users, newest first, a page at a time; pages stay right while users are added. What a call costs is bounded whatever
 * the text: where many users have it and hardly any fits the filters, a page is short, or empty, and the next one goes on.
 *
 * @param db a client of an admin, or with a secret key
 * @param search text, filters and page size
 * @returns the users and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input, or a cursor of another search (nothing sent) · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { users } = await searchUsers(db, { text: "lovelace@", banned: false });
 * ```
 */
export async function searchUsers(db: DatabaseClient, search: UserSearch = {}): Promise<UserPage> {
  const limit = requireCount("limit", search.limit ?? 50, "users", 1000);
  const asked: SearchedUsers = {
    text: searchText(search.text),
    admin: search.admin ?? null,
    banned: search.banned ?? null,
    tier: tierName(search.tier),
    guest: search.guest ?? null,
  };
  const place = search.cursor == null ? null : decodeUserCursor(search.cursor, asked);
  const page = await rpc(
    db,
    "search_users",
    {
      p_query: asked.text,
      p_is_admin: asked.admin,
      p_banned: asked.banned,
      p_tier: asked.tier,
      p_is_guest: asked.guest,
      p_before_created_at: place?.createdAt,
      p_before_id: place?.id,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: search.signal },
  );
  return {
    users: page.users.map((row) => ({
      ...toUser(row),
      deviceId: row.device_id,
      matchedBy: row.matched_by,
    })),
    nextCursor:
      page.next === null
        ? null
        : encodeUserCursor(asked, { createdAt: page.next.created_at, id: page.next.id }),
  };
}

function searchText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const hint = "Give at most 320 characters: an id, part of an email, a device id or a job id.";
  if (typeof value !== "string") throw validationError("text", "is not a text", hint);
  const text = value.trim();
  // By code point, as the database counts.
  if ([...text].length > 320) throw validationError("text", "is too long", hint);
  if (text.includes("\0") || !text.isWellFormed())
    throw validationError("text", "holds characters that no user has", hint);
  return text === "" ? null : text;
}

function tierName(value: unknown): string | null {
  if (value === null || value === undefined || value === "free" || value === "premium") return value ?? null;
  throw validationError("tier", "is neither free nor premium");
}
