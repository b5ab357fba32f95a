import { isUuid, readCursorText, writeCursorText } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** The query a page belongs to; null where a filter was not given. */
export interface ListedModels {
  name: string | null;
  available: boolean | null;
  featured: boolean | null;
  provider: string | null;
  category: string | null;
  since: string | null;
  until: string | null;
}

const filters = ["name", "available", "featured", "provider", "category", "since", "until"] as const;
const hint = "Take the cursor of the page before as it is, with the same filters, or start without one.";

/** Writes the last model of a page as opaque text for the caller to hand back. Its name may be long, so it is its id. */
export function encodeModelCursor(query: ListedModels, afterId: string): string {
  return writeCursorText(["models1", filters.map((filter) => query[filter]), afterId]);
}

/**
 * Reads a cursor. It holds the query's times, so `since: "7 days ago"` need not be told twice; times that are given, and all
 * other filters, must be the same ones.
 *
 * @returns the model behind which the page starts, and the query with its times
 * @throws VidopsError ERR_4008 when it is damaged or belongs to another query
 */
export function decodeModelCursor(
  cursor: string,
  query: ListedModels,
): { afterId: string; query: ListedModels } {
  const [version, values, afterId] = asList(readCursorText(cursor, 3_000));
  const found = Object.fromEntries(filters.map((filter, at) => [filter, asList(values)[at]]));
  const { since, until } = found;
  if (
    version !== "models1" ||
    typeof afterId !== "string" ||
    !isUuid(afterId) ||
    !isTime(since) ||
    !isTime(until)
  )
    throw validationError("cursor", "is damaged", hint);
  for (const filter of filters) {
    const remembered = filter === "since" || filter === "until";
    if (remembered && query[filter] === null) continue;
    if (query[filter] !== found[filter])
      throw validationError("cursor", `belongs to a list with another ${filter}`, hint);
  }
  return { afterId, query: { ...query, since, until } };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTime(value: unknown): value is string | null {
  if (value === null) return true;
  return typeof value === "string" && /^[\d:.TZ+-]{10,40}$/.test(value) && !Number.isNaN(Date.parse(value));
}
