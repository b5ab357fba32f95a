import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { parseTimeRange, refuseFuture } from "../../time-range.ts";
import type { StatsInput } from "./stats.handler.ts";
import { parseUserTarget } from "./user-target.ts";

const dayMs = 86_400_000;
const longestDays = 92;

/**
 * Reads the arguments of `vidops users stats`.
 * @throws CommandError exit 2.
 */
export function parseStatsInput(
  [user]: readonly string[],
  options: Readonly<Record<string, unknown>>,
  session: CommandSession,
): StatsInput {
  const now = session.context.now();
  const { since: given, until } = parseTimeRange(options, now);
  refuseFuture(given, now);
  const end = until === null || until > now ? now : until;
  const since = given ?? new Date(end.getTime() - 30 * dayMs);
  if (since >= end) throw usageError("--since must be before --until.");
  if (end.getTime() - since.getTime() > longestDays * dayMs)
    throw usageError(`At most ${longestDays} days are counted.`, `For example: --since ${longestDays}d`);
  return {
    user:
      user === undefined
        ? undefined
        : parseUserTarget(user, session, "[user]", "vidops users stats ada@example.com"),
    ...{ since, until },
    byDay: options.byDay === true,
  };
}
