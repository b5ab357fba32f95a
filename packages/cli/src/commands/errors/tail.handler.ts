import { setTimeout } from "node:timers/promises";
import { listErrors } from "@vidops/core/error-log";
import { isVidopsError } from "@vidops/core/errors";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { formatDuration } from "../../durations.ts";
import { toned } from "../../output/document.ts";
import { showMoment } from "../../output/local-time.ts";
import { type Look, lookOf } from "../../output/look.ts";
import { userIdOf } from "../credits/user-reference.ts";
import { nextCommand } from "../next-command.ts";
import { errorColumns, errorRow } from "./error-rows.ts";
import { followErrors, type News } from "./follow-errors.ts";
import { tailView } from "./tail.view.ts";
import type { TailInput } from "./tail-input.ts";

const pageSize = 1000;
const longestPauseSeconds = 30;

/**
 * Follows the error log until it is interrupted or nobody reads any more.
 * @throws VidopsError when the first read fails, and later for whatever does not pass by itself, e.g. a key that was
 *   revoked.
 */
export async function tailErrors(input: TailInput, session: CommandSession): Promise<void> {
  const { context, output } = session;
  const stop = new AbortController();
  using _guard = context.interruptions.guard(() => stop.abort());
  const plan = planConnection(session, "person");
  const db = await openDatabase(session, plan);
  const { user, ...filters } = input.filters;
  const userId = user === null ? null : await userIdOf(db, user);
  const next = followErrors(
    ({ since, cursor, signal }) =>
      listErrors(db, { ...filters, userId, since, cursor, limit: pageSize, signal }),
    input.since,
    context,
  );
  let reached = false;
  let cut = false;
  let failures = 0;
  while (!stop.signal.aborted && !context.stdout.closed) {
    try {
      const news = await next(stop.signal);
      if (failures > 0) output.note(toned("reached again", "quiet"));
      failures = 0;
      if (!reached)
        output.note(toned(greeting(news, plan.project, input, lookOf(session, "stderr")), "quiet"));
      if (news.cut && !cut)
        output.warn(
          `more come at once than are shown; all of them: ${nextCommand(input.listWords, session.flags)}`,
        );
      reached = true;
      cut = news.cut;
      await print(news, session);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (!reached || !isVidopsError(error) || !error.retryable) throw error;
      if (failures === 0) output.warn(`${error.message} Trying again until it answers; Ctrl-C ends.`);
      failures += 1;
    }
    await pause(
      Math.min(input.intervalSeconds * 2 ** failures, Math.max(input.intervalSeconds, longestPauseSeconds)),
      stop,
    );
  }
}

async function print({ entries }: News, session: CommandSession): Promise<void> {
  if (entries.length === 0) return;
  await session.output.part({
    document: tailView(entries, lookOf(session)),
    list: { columns: errorColumns, rows: entries.map(errorRow) },
  });
}

function greeting(
  { entries }: News,
  project: string,
  { since, intervalSeconds }: TailInput,
  { zone }: Look,
): string {
  const from = showMoment(since.toISOString(), zone);
  const first = entries.length === 0 ? "none yet" : `${entries.length} so far`;
  return `errors of ${project} since ${from}: ${first}; asking every ${formatDuration(intervalSeconds)}, Ctrl-C ends`;
}

async function pause(seconds: number, stop: AbortController): Promise<void> {
  try {
    await setTimeout(seconds * 1000, undefined, { signal: stop.signal });
  } catch {
    // Woken by the interruption, which the loop looks at.
  }
}
