import { isUuid, readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The search a page belongs to; null where a filter was not given. */
export interface SearchedUsers {
  text: string | null;
  admin: boolean | null;
  banned: boolean | null;
  tier: string | null;
  guest: boolean | null;
}

/** Where a page starts: behind this user. */
export interface UserPlace {
  /** With all digits that the database has: in a millisecond there may be many. */
  createdAt: string;
  id: string;
}

const filters = ["text", "admin", "banned", "tier", "guest"] as const;
const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";

/** Writes a place as opaque text for the caller to hand back. */
export function encodeUserCursor(search: SearchedUsers, place: UserPlace): string {
  return writeCursorText(["users1", filters.map((filter) => search[filter]), place.createdAt, place.id]);
}

/**
 * Reads a cursor.
 *
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another search
 */
export function decodeUserCursor(cursor: string, search: SearchedUsers): UserPlace {
  const value = readCursorText(cursor, 3_000);
  const [version, found, createdAt, id] = Array.isArray(value) ? (value as unknown[]) : [];
  // Postgres knows times that JavaScript does not, such as "infinity"; the database checks it.
  if (
    version !== "users1" ||
    !Array.isArray(found) ||
    typeof createdAt !== "string" ||
    !/^[\w:.+ -]{1,50}$/.test(createdAt) ||
    typeof id !== "string" ||
    !isUuid(id)
  )
    throw validationError("cursor", "is damaged", hint);
  for (const [at, filter] of filters.entries())
    if (found[at] !== search[filter])
      throw validationError("cursor", `belongs to a search with another ${filter}`, hint);
  return { createdAt, id };
}
