import type { DatabaseClient } from "@vidops/core/database";
import { findUser } from "@vidops/core/users";
import { isUuid } from "../../arguments.ts";

/** The id of a user named by id or email; an id costs no request. */
export async function userIdOf(db: DatabaseClient, user: string): Promise<string> {
  return isUuid(user) ? user : (await findUser(db, user)).id;
}
