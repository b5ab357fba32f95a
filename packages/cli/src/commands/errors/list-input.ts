import { parseCount } from "../../arguments.ts";
import { parseTimeRange, refuseFuture, type TimeRange } from "../../time-range.ts";
import { type ErrorFilters, filterWords, parseFilters } from "./error-filters.ts";

export interface ListInput extends TimeRange {
  readonly filters: ErrorFilters;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

/**
 * Reads the options of `vidops errors list`.
 * @throws CommandError exit 2.
 */
export function parseListInput(options: Readonly<Record<string, unknown>>, now: Date): ListInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const word = (flag: string, value: string | null): string[] => (value === null ? [] : [flag, value]);
  const filters = parseFilters(options);
  const range = parseTimeRange(options, now);
  refuseFuture(range.since, now);
  const limit = text("limit");
  return {
    ...range,
    filters,
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    cursor: text("cursor"),
    words: [
      ...["errors", "list"],
      ...filterWords(filters),
      ...word("--since", text("since")),
      ...word("--until", text("until")),
      ...word("--limit", limit),
    ],
  };
}
