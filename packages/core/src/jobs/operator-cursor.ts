import { readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** Where a page starts: behind the last job of the page before. */
export interface JobPlace {
  /** With all digits that the database has: in a millisecond there may be many. */
  createdAt: string;
  jobId: string;
}

/** What a list is of, by name; null where it is not narrowed. */
export type ListedQuery = Readonly<Record<string, string | boolean | number | null>>;

const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";
const remembered: readonly string[] = ["since", "until"];

/**
 * Writes a place as opaque text for the caller to hand back.
 *
 * @param list which list it is of
 * @param query its filters
 * @param place behind which the next page starts
 */
export function encodeJobCursor(list: string, query: ListedQuery, place: JobPlace): string {
  return writeCursorText([list, Object.entries(query), place.createdAt, place.jobId]);
}

/**
 * Reads a cursor. It holds the query's times, so `since: "24 hours ago"` need not be told twice; times that are given, and
 * all other filters, must be the same ones.
 *
 * @param list which list it has to be of
 * @param query the filters that are asked for
 * @param cursor what the caller handed back
 * @returns the place and the query with its times
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another query
 */
export function decodeJobCursor<Query extends ListedQuery>(
  list: string,
  query: Query,
  cursor: string,
): { place: JobPlace; query: Query } {
  const [found, entries, createdAt, jobId] = asList(readCursorText(cursor, 2_000));
  const values = new Map(asList(entries).map((entry) => asList(entry) as [string, unknown]));
  // Postgres knows times that JavaScript does not, such as "infinity"; the database checks it.
  const isPlace =
    typeof createdAt === "string" &&
    /^[\w:.+ -]{1,50}$/.test(createdAt) &&
    typeof jobId === "string" &&
    /^[0-9a-f-]{36}$/.test(jobId);
  if (found !== list || !isPlace) throw validationError("cursor", "is damaged", hint);
  const times: Record<string, string | null> = {};
  for (const [name, asked] of Object.entries(query)) {
    const value = values.get(name);
    if (remembered.includes(name)) {
      if (!isTime(value)) throw validationError("cursor", "is damaged", hint);
      times[name] = value;
      if (asked === null) continue;
    }
    if (asked !== value) throw validationError("cursor", `belongs to a list with another ${name}`, hint);
  }
  return { place: { createdAt, jobId }, query: { ...query, ...times } };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTime(value: unknown): value is string | null {
  if (value === null) return true;
  return typeof value === "string" && /^[\d:.TZ+-]{10,40}$/.test(value) && !Number.isNaN(Date.parse(value));
}
