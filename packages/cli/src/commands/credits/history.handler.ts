import { type CreditHistory, creditHistory } from "@vidops/core/credits";
import { findUser } from "@vidops/core/users";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";

export interface HistoryQuery {
  /** Id or email. */
  readonly user: string;
  readonly limit: number;
  readonly cursor: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
}

/** One page of a user's ledger; an unknown user is an error rather than an empty list. */
export async function listHistory(
  { user, ...query }: HistoryQuery,
  session: CommandSession,
): Promise<CreditHistory> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const { id } = await findUser(db, user);
  return creditHistory(db, { ...query, userId: id });
}
