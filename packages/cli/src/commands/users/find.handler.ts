import { searchUsers, type UserPage } from "@vidops/core/users";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { FindInput } from "./find-input.ts";

/** Requests for one page at most: as many users are then looked at as a few seconds allow. */
const mostRequests = 25;

/** One page of users. Where hardly anybody fits, a page of the database is short: then the next ones are asked for too. */
export async function findUsers(
  { words: _words, limit, ...search }: FindInput,
  session: CommandSession,
): Promise<UserPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const progress = session.progress();
  const users: UserPage["users"] = [];
  let cursor = search.cursor;
  try {
    for (let request = 1; ; request++) {
      const page = await searchUsers(db, { ...search, cursor, limit: limit - users.length });
      users.push(...page.users);
      cursor = page.nextCursor;
      if (cursor === null || users.length >= limit || request >= mostRequests)
        return { users, nextCursor: cursor };
      progress.update(`searching further back, ${users.length} found`);
    }
  } finally {
    progress.end();
  }
}
