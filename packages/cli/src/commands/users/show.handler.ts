import { getUserOverview, type UserOverview } from "@vidops/core/users";
import { isUuid } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { targetUser, type UserTarget } from "./user-target.ts";

export interface ShowInput {
  readonly user: UserTarget;
  /** Entries of each list. */
  readonly rows: number;
}

/** Reads the support view: one request for an id, two for an email, three for a part of one. */
export async function showUser({ user, rows }: ShowInput, session: CommandSession): Promise<UserOverview> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const id = user !== null && isUuid(user) ? user : (await targetUser(session, db, user, "look")).id;
  return getUserOverview(db, id, { rows });
}
