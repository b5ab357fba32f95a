import { type ErrorPage, listErrors } from "@vidops/core/error-log";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { ListInput } from "./list-input.ts";

/** One page of the error log; a user who does not exist by that email is an error rather than an empty list. */
export async function listLoggedErrors(
  { filters: { user, ...filters }, since, until, limit, cursor }: ListInput,
  session: CommandSession,
): Promise<ErrorPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const userId = user === null ? null : await userIdOf(db, user);
  return listErrors(db, { ...filters, userId, since, until, limit, cursor });
}
