import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture, type TimeRange } from "../../time-range.ts";

/** Which models, and the period in which their use is counted. */
export interface ListInput extends TimeRange {
  /** Part of the name. */
  readonly name: string | null;
  /** True: enabled ones only; null is both. */
  readonly available: boolean | null;
  readonly featured: boolean | null;
  readonly provider: string | null;
  readonly category: string | null;
  readonly limit: number;
  readonly cursor: string | null;
  /** The same list in words, without the cursor: for the command that shows its next page. */
  readonly words: readonly string[];
}

type Options = Readonly<Record<string, unknown>>;

const longestPeriodMs = 92 * 86_400_000;

/**
 * Reads --since and --until of what models were used for: the last seven days unless said. A cursor remembers them.
 * @throws CommandError exit 2, also for more than 92 days.
 */
export function parsePeriod(options: Options, now: Date): TimeRange {
  const given = options.since === undefined && options.cursor === undefined;
  const { since, until } = parseTimeRange(given ? { ...options, since: "7d" } : options, now);
  refuseFuture(since, now);
  if (since !== null && (until ?? now).getTime() - since.getTime() > longestPeriodMs)
    throw usageError("Use is counted for at most 92 days.", "For example: --since 92d");
  return { since, until };
}

/**
 * Reads the arguments of `vidops models list`.
 * @throws CommandError exit 2.
 */
export function parseListInput([name]: readonly string[], options: Options, now: Date): ListInput {
  const text = (option: string): string | null => (options[option] as string | undefined) ?? null;
  const word = (flag: string, value: string | null): string[] => (value === null ? [] : [flag, value]);
  if (options.enabled === true && options.disabled === true)
    throw usageError("--enabled and --disabled leave nothing.", "Leave both out to see all models.");
  const range = parsePeriod(options, now);
  const available = options.enabled === true ? true : options.disabled === true ? false : null;
  const featured = options.featured === true ? true : null;
  const limit = text("limit");
  const filters = {
    name: name === undefined ? null : parseFilter(name, "The name"),
    provider: parseFilter(text("provider"), "--provider"),
    category: parseFilter(text("category"), "--category"),
  };
  return {
    ...range,
    ...filters,
    ...{ available, featured, cursor: text("cursor") },
    limit: limit === null ? 50 : parseCount(limit, "--limit", 1, 1000),
    words: [
      ...["models", "list"],
      ...(filters.name === null ? [] : [filters.name]),
      ...(available === null ? [] : [available ? "--enabled" : "--disabled"]),
      ...(featured === null ? [] : ["--featured"]),
      ...word("--provider", filters.provider),
      ...word("--category", filters.category),
      ...word("--since", text("since")),
      ...word("--until", text("until")),
      ...word("--limit", limit),
    ],
  };
}

function parseFilter<T extends string | null>(value: T, name: string): T {
  if (value === null) return value;
  if (value.trim() === "") throw usageError(`${name} is blank.`, "Leave it out to see all models.");
  if (value.length > 200 || !value.isWellFormed())
    throw usageError(`${name} must be a text of at most 200 characters, got ${shown(value)}.`);
  return value;
}
