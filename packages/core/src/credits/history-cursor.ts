import { readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The query a page belongs to. */
export interface HistoryQuery {
  userId: string;
  since: string | null;
  until: string | null;
}

/** A place in the list of one query. */
export interface HistoryPlace extends HistoryQuery {
  /** The id of the last entry of the page before. */
  after: string;
}

const hint =
  "Take the cursor of the page before as it is, with the same user and times, or start without one.";

/** Writes a place as opaque text for the caller to hand back. */
export function encodeCursor({ userId, since, until, after }: HistoryPlace): string {
  return writeCursorText([1, userId, since, until, after]);
}

/**
 * Reads a cursor. It holds the query's times, so `since: "24 hours ago"` need not be told twice; times that are
 * given must be the same ones.
 *
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another query
 */
export function decodeCursor(cursor: string, query: HistoryQuery): HistoryPlace {
  const place = parse(cursor);
  if (place === null) throw validationError("cursor", "is damaged", hint);
  if (place.userId !== query.userId)
    throw validationError("cursor", "belongs to another user's history", hint);
  for (const field of ["since", "until"] as const) {
    if (query[field] !== null && query[field] !== place[field]) {
      throw validationError("cursor", `belongs to a list with another ${field}`, hint);
    }
  }
  return place;
}

function parse(cursor: string): HistoryPlace | null {
  const value = readCursorText(cursor, 500);
  if (!Array.isArray(value)) return null;
  const [version, userId, since, until, after] = value as unknown[];
  if (version !== 1 || typeof userId !== "string" || !isTime(since) || !isTime(until)) return null;
  if (typeof after !== "string" || !/^\d{1,19}$/.test(after)) return null;
  return { userId, since, until, after };
}

function isTime(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && !Number.isNaN(Date.parse(value)));
}
