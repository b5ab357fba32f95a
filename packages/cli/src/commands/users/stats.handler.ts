import { getUserStats, type UserStats } from "@vidops/core/users";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userName } from "./user-rows.ts";
import { targetUser, type UserTarget } from "./user-target.ts";

export interface StatsInput {
  /** Undefined is everybody. */
  readonly user: UserTarget | undefined;
  readonly since: Date;
  readonly until: Date | null;
  readonly byDay: boolean;
}

export interface StatsReport extends UserStats {
  /** Null is everybody. */
  readonly user: { readonly id: string; readonly name: string } | null;
}

/** Reads what users did; the first look at a long period counts its days, which shows progress. */
export async function userStats(
  { user, since, until }: StatsInput,
  session: CommandSession,
): Promise<StatsReport> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const target = user === undefined ? null : await targetUser(session, db, user, "look");
  const progress = session.progress();
  try {
    const stats = await getUserStats(db, {
      ...{ since, until, userId: target?.id ?? null },
      onProgress: ({ daysToCount }) =>
        progress.update(`counting days for the first time, ${daysToCount} to go`),
    });
    return { ...stats, user: target === null ? null : { id: target.id, name: userName(target) } };
  } finally {
    progress.end();
  }
}
