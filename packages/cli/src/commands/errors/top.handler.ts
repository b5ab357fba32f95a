import type { Database } from "@vidops/core/database";
import { type ErrorGroup, listErrors, type TopErrors, topErrors } from "@vidops/core/error-log";
import { catalogue, isVidopsError } from "@vidops/core/errors";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { TopInput } from "./top-input.ts";
import type { RankedGroup, TopReport } from "./top-table.ts";

/** Groups whose newest error is looked up for what it says. */
const mostSummaries = 20;

/** Counts the error log's groups, and names the codes that are vidops' own. */
export async function topLoggedErrors(
  { by, filters: { user, code, endpoint, language }, since, until, limit }: TopInput,
  session: CommandSession,
): Promise<TopReport> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const userId = user === null ? null : await userIdOf(db, user);
  const ranking: TopErrors = await topErrors(db, {
    by,
    since,
    ...(until === null ? {} : { until }),
    ...{ code, endpoint, userId, language, limit },
  });
  const groups = await Promise.all(
    ranking.groups.map(async (group, at): Promise<RankedGroup> => {
      const summary = by === "fingerprint" && at < mostSummaries ? await summaryOf(db, group, since) : null;
      return { ...group, summary };
    }),
  );
  return { ...ranking, groups, nameOf: codeName };
}

/** What the newest of a group of alike errors says: a fingerprint alone tells nobody anything. */
async function summaryOf(
  db: Database,
  { fingerprint, count }: ErrorGroup,
  since: Date,
): Promise<string | null> {
  if (fingerprint === null || count === 0) return null;
  try {
    const { entries } = await listErrors(db, { fingerprint, since: startOfSlot(since), limit: 1 });
    return entries[0]?.summary ?? null;
  } catch (error) {
    // The counts are what was asked for; they stand without it.
    if (isVidopsError(error)) return null;
    throw error;
  }
}

/** Counts begin with the five minutes that a time is in. */
function startOfSlot(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 300_000) * 300_000);
}

function codeName(code: string): string | null {
  return Object.hasOwn(catalogue, code) ? catalogue[code as keyof typeof catalogue].name : null;
}
