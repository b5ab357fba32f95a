import { usageError } from "./command-error.ts";
import { looksLikeDuration, parseTime } from "./durations.ts";

/** The times of a list, from `since` on and before `until`. */
export interface TimeRange {
  readonly since: Date | null;
  readonly until: Date | null;
}

/**
 * Reads --since and --until. With a cursor, a length of time is left to the cursor: "24h ago" was another moment when
 * that was made, and it remembers which.
 *
 * @param options as commander hands them over; those that are read are `since`, `until` and `cursor`.
 * @throws CommandError exit 2 with examples.
 * @example parseTimeRange({ since: "24h" }, new Date())
 */
export function parseTimeRange(options: Readonly<Record<string, unknown>>, now: Date): TimeRange {
  const time = (name: "since" | "until"): Date | null => {
    const given = options[name] as string | undefined;
    if (given === undefined) return null;
    const parsed = parseTime(given, `--${name}`, now);
    return options.cursor !== undefined && looksLikeDuration(given) ? null : parsed;
  };
  const [since, until] = [time("since"), time("until")];
  if (since && until && since >= until) throw usageError("--since must be before --until.");
  return { since, until };
}

/**
 * Refuses a --since that is yet to come, which would find nothing and look as if all were well.
 * @throws CommandError exit 2.
 */
export function refuseFuture(since: Date | null, now: Date): void {
  if (since === null || since <= now) return;
  throw usageError(
    `--since is in the future: ${since.toISOString()}, and now is ${now.toISOString()}.`,
    "For the last day: --since 24h",
  );
}
