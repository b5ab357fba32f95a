import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture } from "../../time-range.ts";
import { type ErrorFilters, parseFilters } from "./error-filters.ts";

export const groupings = ["code", "endpoint", "fingerprint"] as const;
export type Grouping = (typeof groupings)[number];

export interface TopInput {
  readonly by: Grouping;
  readonly filters: ErrorFilters;
  readonly since: Date;
  /** Null is now. */
  readonly until: Date | null;
  readonly limit: number;
  /** --since as it was typed, for commands to go on with. */
  readonly sinceWord: string;
  /** The same of --until; null when it was not. */
  readonly untilWord: string | null;
}

/**
 * Reads the options of `vidops errors top`.
 * @throws CommandError exit 2.
 */
export function parseTopInput(options: Readonly<Record<string, unknown>>, now: Date): TopInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const by = text("by") ?? "code";
  const grouping = groupings.find((known) => known === by);
  if (grouping === undefined)
    throw usageError(`--by must be ${groupings.join(", ")}, got ${shown(by)}.`, "For example: --by endpoint");
  const sinceWord = text("since") ?? "24h";
  const { since, until } = parseTimeRange({ ...options, since: sinceWord }, now);
  refuseFuture(since, now);
  const limit = text("limit");
  return {
    by: grouping,
    filters: parseFilters(options),
    since: since ?? now,
    until,
    limit: limit === null ? 10 : parseCount(limit, "--limit", 1, 100),
    sinceWord,
    untilWord: text("until"),
  };
}
