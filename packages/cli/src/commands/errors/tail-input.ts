import { shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseDuration, parseTime } from "../../durations.ts";
import { refuseFuture } from "../../time-range.ts";
import { type ErrorFilters, filterWords, parseFilters } from "./error-filters.ts";

export interface TailInput {
  readonly filters: ErrorFilters;
  readonly since: Date;
  readonly intervalSeconds: number;
  /** The list of the same errors in words, for a command to go on with. */
  readonly listWords: readonly string[];
}

/**
 * Reads the options of `vidops errors tail`.
 * @throws CommandError exit 2.
 */
export function parseTailInput(options: Readonly<Record<string, unknown>>, now: Date): TailInput {
  const sinceWord = (options.since as string | undefined) ?? "10m";
  const interval = (options.interval as string | undefined) ?? "2s";
  const filters = parseFilters(options);
  const since = parseTime(sinceWord, "--since", now);
  refuseFuture(since, now);
  const intervalSeconds = parseDuration(interval, "--interval");
  if (intervalSeconds > 3600)
    throw usageError(
      `--interval must be from 1s to 1h, got ${shown(interval)}.`,
      "For example: --interval 10s",
    );
  return {
    filters,
    since,
    intervalSeconds,
    listWords: ["errors", "list", ...filterWords(filters), "--since", sinceWord],
  };
}
