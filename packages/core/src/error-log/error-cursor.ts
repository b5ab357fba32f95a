import { readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The query a page belongs to; null where a filter was not given. */
export interface ListedErrors {
  code: string | null;
  endpoint: string | null;
  userId: string | null;
  language: string | null;
  fingerprint: string | null;
  requestId: string | null;
  since: string | null;
  until: string | null;
}

/** Where a page starts: behind the last entry of the page before. */
export interface ErrorPlace {
  /** With all digits that the database has: in a millisecond there may be many. */
  createdAt: string;
  id: string;
}

const filters = [
  "code",
  "endpoint",
  "userId",
  "language",
  "fingerprint",
  "requestId",
  "since",
  "until",
] as const;
const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";

/** Writes a place as opaque text for the caller to hand back. */
export function encodeErrorCursor(query: ListedErrors, place: ErrorPlace): string {
  return writeCursorText(["errors1", filters.map((filter) => query[filter]), place.createdAt, place.id]);
}

/**
 * Reads a cursor. It holds the query's times, so `since: "24 hours ago"` need not be told twice; times that are
 * given, and all other filters, must be the same ones.
 *
 * @returns the place and the query with its times
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another query
 */
export function decodeErrorCursor(
  cursor: string,
  query: ListedErrors,
): { place: ErrorPlace; query: ListedErrors } {
  const found = parse(cursor);
  if (found === null) throw validationError("cursor", "is damaged", hint);
  for (const filter of filters) {
    const optional = filter === "since" || filter === "until";
    if (optional && query[filter] === null) continue;
    if (query[filter] !== found.query[filter]) {
      throw validationError("cursor", `belongs to a list with another ${filter}`, hint);
    }
  }
  return found;
}

function parse(cursor: string): { place: ErrorPlace; query: ListedErrors } | null {
  const value = readCursorText(cursor, 8_000);
  if (!Array.isArray(value)) return null;
  const [version, values, createdAt, id] = value as unknown[];
  if (version !== "errors1" || !Array.isArray(values) || values.length !== filters.length) return null;
  if (!values.every((one) => one === null || typeof one === "string")) return null;
  const query = Object.fromEntries(
    filters.map((filter, index) => [filter, values[index]]),
  ) as unknown as ListedErrors;
  if (!isTime(query.since) || !isTime(query.until)) return null;
  // Postgres knows times that JavaScript does not, such as "infinity"; the database checks it.
  if (typeof createdAt !== "string" || !/^[\w:.+ -]{1,50}$/.test(createdAt)) return null;
  if (typeof id !== "string" || !/^\d{1,18}$/.test(id)) return null;
  return { place: { createdAt, id }, query };
}

function isTime(value: string | null): boolean {
  return value === null || (/^[\d:.TZ+-]{10,40}$/.test(value) && !Number.isNaN(Date.parse(value)));
}
