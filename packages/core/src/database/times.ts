import { validationError } from "../errors/index.ts";

/**
 * Checks a range of time.
 *
 * @param query both ends, as the caller gave them
 * @param now what counts as the future
 * @returns both ends as ISO 8601, null where none was given
 * @throws VidopsError ERR_4008 for what is no time, a start in the future, and an end that is not after the start
 * @example
 * ```ts
 * requireTimes({ since: "2026-11-01" }); // { since: "2026-11-01T00:00:00.000Z", until: null }
 * ```
 */
export function requireTimes(
  query: { since?: Date | string | null; until?: Date | string | null },
  now: Date = new Date(),
): { since: string | null; until: string | null } {
  const since = time("since", query.since);
  const until = time("until", query.until);
  if (since !== null && Date.parse(since) > now.getTime())
    throw validationError("since", "is in the future", "Give a time that has passed.");
  if (since !== null && until !== null && since >= until)
    throw validationError("since", "is not before until", "Give a start that is earlier than the end.");
  return { since, until };
}

function time(field: string, value: Date | string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const date = new Date(value);
  // Four digits of year only: the order of other years' texts is not their order in time.
  const text = Number.isNaN(date.getTime()) ? "" : date.toISOString();
  if (/^\d{4}-/.test(text)) return text;
  throw validationError(field, "is not a time", "Give an ISO 8601 time, e.g. 2026-11-01T00:00:00Z.");
}

/**
 * Writes a time of the database as ISO 8601; what is no point in time ("infinity") stays as it is.
 *
 * @param text as PostgREST sends it
 * @returns UTC, with milliseconds
 * @example
 * ```ts
 * isoTime("2026-11-25T10:00:00.123456+01:00"); // "2026-11-25T09:00:00.123Z"
 * ```
 */
export function isoTime(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}
