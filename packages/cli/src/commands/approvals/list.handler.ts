import { type ApprovalPage, listApprovals } from "@vidops/core/admin";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { ListInput } from "./list-input.ts";

/** One page of requests; a requester who does not exist is an error rather than an empty list. */
export async function listRequests(input: ListInput, session: CommandSession): Promise<ApprovalPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const { status, by, limit, cursor } = input;
  const requestedBy = by === null ? null : await userIdOf(db, by);
  return listApprovals(db, { status, requestedBy, limit, cursor });
}
