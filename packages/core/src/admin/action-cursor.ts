import { readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The query a page belongs to; null where a filter was not given. */
export interface ListedActions {
  actionType: string | null;
  adminUserId: string | null;
  targetUserId: string | null;
  targetModelId: string | null;
  ticket: string | null;
  runId: string | null;
  since: string | null;
  until: string | null;
}

/** Where a page starts: behind the last act of the page before. */
export interface ActionPlace {
  /** With all digits that the database has: in a millisecond there may be many. */
  createdAt: string;
  id: string;
}

const filters = [
  "actionType",
  "adminUserId",
  "targetUserId",
  "targetModelId",
  "ticket",
  "runId",
  "since",
  "until",
] as const;
const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";

/** Writes a place as opaque text for the caller to hand back. */
export function encodeActionCursor(query: ListedActions, { createdAt, id }: ActionPlace): string {
  return writeCursorText(["actions1", filters.map((filter) => query[filter]), createdAt, id]);
}

/**
 * Reads a cursor. It holds the query's times, so `since: "24 hours ago"` need not be told twice; times that are given, and
 * all other filters, must be the same ones.
 *
 * @returns the place and the query with its times
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another query
 */
export function decodeActionCursor(
  cursor: string,
  query: ListedActions,
): { place: ActionPlace; query: ListedActions } {
  const [version, values, createdAt, id] = asList(readCursorText(cursor, 2_000));
  const found = Object.fromEntries(filters.map((filter, at) => [filter, asList(values)[at]]));
  const { since, until } = found;
  // Postgres knows times that JavaScript does not, such as "infinity"; the database checks it.
  const isPlace =
    typeof createdAt === "string" &&
    /^[\w:.+ -]{1,50}$/.test(createdAt) &&
    typeof id === "string" &&
    /^\d{1,18}$/.test(id);
  if (version !== "actions1" || !isPlace || !isTime(since) || !isTime(until))
    throw validationError("cursor", "is damaged", hint);
  for (const filter of filters) {
    const remembered = filter === "since" || filter === "until";
    if (remembered && query[filter] === null) continue;
    if (query[filter] !== found[filter])
      throw validationError("cursor", `belongs to a list with another ${filter}`, hint);
  }
  return { place: { createdAt, id }, query: { ...query, since, until } };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTime(value: unknown): value is string | null {
  if (value === null) return true;
  return typeof value === "string" && /^[\d:.TZ+-]{10,40}$/.test(value) && !Number.isNaN(Date.parse(value));
}
