import { parseCount, shown } from "../../arguments.ts";
import { usageError } from "../../command-error.ts";
import { parseTimeRange, refuseFuture } from "../../time-range.ts";
import { parseAction } from "./limit-words.ts";

const groupings = ["ip", "user", "action", "limit"] as const;

export interface TopInput {
  readonly by: (typeof groupings)[number];
  /** Null is all. */
  readonly action: string | null;
  readonly since: Date;
  /** Null is now. */
  readonly until: Date | null;
  readonly limit: number;
  /** The times in words, for commands to go on with. */
  readonly timeWords: readonly string[];
}

/**
 * Reads the options of `vidops limits top`.
 * @throws CommandError exit 2.
 */
export function parseTopInput(options: Readonly<Record<string, unknown>>, now: Date): TopInput {
  const text = (name: string): string | null => (options[name] as string | undefined) ?? null;
  const by = text("by") ?? "ip";
  const grouping = groupings.find((known) => known === by);
  if (grouping === undefined)
    throw usageError(`--by must be ${groupings.join(", ")}, got ${shown(by)}.`, "For example: --by user");
  const [sinceWord, untilWord] = [text("since") ?? "24h", text("until")];
  const { since, until } = parseTimeRange({ ...options, since: sinceWord }, now);
  refuseFuture(since, now);
  const [action, limit] = [text("action"), text("limit")];
  return {
    by: grouping,
    action: action === null ? null : parseAction(action, "--action"),
    since: since ?? now,
    until,
    limit: limit === null ? 10 : parseCount(limit, "--limit", 1, 100),
    timeWords: ["--since", sinceWord, ...(untilWord === null ? [] : ["--until", untilWord])],
  };
}
