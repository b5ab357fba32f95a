import { shown } from "./arguments.ts";
import { usageError } from "./command-error.ts";

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const largest = 2_147_483_647;
const examples = "For example: 7d, 24h, 90m, 2w";

/**
 * A length of time, as typed: a number and one unit (s, m, h, d, w). Nothing is guessed: no unit, an unknown
 * one, zero, a negative one and fractions of a second are refused.
 * @returns whole seconds.
 * @throws CommandError exit 2 with examples.
 * @example parseDuration("7d", "--older-than") // 604800
 */
export function parseDuration(text: string, name: string): number {
  const [, number = "", unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?)([smhdw])$/.exec(text.trim()) ?? [];
  const size = secondsOf[unit];
  if (size === undefined) throw usageError(`${name} must be a length of time, got ${shown(text)}.`, examples);
  const seconds = Number(number) * size;
  if (seconds === 0) throw usageError(`${name} must be more than zero.`, examples);
  if (!Number.isInteger(seconds))
    throw usageError(`${name} must be a whole number of seconds, got ${shown(text)}.`, examples);
  if (seconds > largest) throw usageError(`${name} is too long, got ${shown(text)}.`, examples);
  return seconds;
}

/** Whether a text is meant as a length of time rather than a date. */
export function looksLikeDuration(text: string): boolean {
  return /^\d+(\.\d+)?[a-z]*$/i.test(text.trim()) && !/^\d{4}$/.test(text.trim());
}

/**
 * A point in time, as typed: a length of time ago, a date (midnight UTC), or an ISO 8601 time with its zone.
 * @throws CommandError exit 2 with examples.
 * @example parseTime("24h", "--since", new Date())
 */
export function parseTime(text: string, name: string, now: Date): Date {
  if (looksLikeDuration(text)) return new Date(now.getTime() - parseDuration(text, name) * 1000);
  const date = /^\d{4}-\d{2}-\d{2}$/.exec(text.trim());
  const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})$/.exec(text.trim());
  const time = date ? new Date(`${date[0]}T00:00:00Z`) : moment ? new Date(moment[0]) : null;
  const valid =
    time !== null && !Number.isNaN(time.getTime()) && (!date || time.toISOString().startsWith(date[0]));
  if (valid) return time;
  throw usageError(
    `${name} must be a time, got ${shown(text)}.`,
    "For example: 24h (ago), 2026-11-01, 2026-11-01T09:30:00Z",
  );
}

/**
 * Seconds as people say them, in the largest unit that fits exactly.
 * @example formatDuration(604800) // "7d"
 */
export function formatDuration(seconds: number): string {
  const unit = ["d", "h", "m"].find((name) => seconds % (secondsOf[name] ?? 1) === 0);
  return unit === undefined || seconds === 0 ? `${seconds}s` : `${seconds / (secondsOf[unit] ?? 1)}${unit}`;
}
