import { requireUuid } from "../database/index.ts";
import { validationError } from "../errors/index.ts";

/** Which errors are meant; what is left out or null does not narrow. */
export interface ErrorFilters {
  /** Exactly this code, e.g. `"ERR_5001"`. */
  code?: string | null;
  endpoint?: string | null;
  /** A user's id. */
  userId?: string | null;
  /** The language of the answer, e.g. `"tr"`. */
  language?: string | null;
}

/**
 * Checks a text that entries are compared with.
 *
 * @param field the name of the field, for the error
 * @param value what the caller gave
 * @param maxLength in characters
 * @returns the text, or null when none was given
 * @throws VidopsError ERR_4008
 */
export function filterText(field: string, value: unknown, maxLength: number): string | null {
  if (value === null || value === undefined) return null;
  const hint = "Leave it out to see all.";
  if (typeof value !== "string") throw validationError(field, "is not a text", hint);
  const text = value.trim();
  if (text === "") throw validationError(field, "is blank", hint);
  if (text.length > maxLength) throw validationError(field, `is longer than ${maxLength} characters`, hint);
  if (text.includes("\0") || !text.isWellFormed()) throw validationError(field, "is not well-formed text");
  return text;
}

/** The filters that list and top share, checked. */
export function checkFilters(filters: ErrorFilters): Required<ErrorFilters> {
  return {
    code: filterText("code", filters.code, 100),
    endpoint: filterText("endpoint", filters.endpoint, 500),
    userId: filters.userId == null ? null : requireUuid("userId", filters.userId),
    language: filterText("language", filters.language, 35),
  };
}

/**
 * Checks a range of time.
 *
 * @returns both ends as ISO 8601, null where none was given
 * @throws VidopsError ERR_4008 for what is no time, a start in the future, and an end that is not after the start
 */
export function checkTimes(
  query: { since?: Date | string | null; until?: Date | string | null },
  now: Date = new Date(),
): { since: string | null; until: string | null } {
  const since = time("since", query.since);
  const until = time("until", query.until);
  if (since !== null && Date.parse(since) > now.getTime()) {
    throw validationError("since", "is in the future", "Give a time that has passed; no error is there yet.");
  }
  if (since !== null && until !== null && since >= until) {
    throw validationError("since", "is not before until", "Give a start that is earlier than the end.");
  }
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
