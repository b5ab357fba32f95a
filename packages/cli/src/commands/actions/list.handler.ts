import { type AdminActionPage, listAdminActions } from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import { isUuid } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { ListInput } from "./list-input.ts";

/** One page of acts; somebody or a model that does not exist is an error rather than an empty list. */
export async function listActions(input: ListInput, session: CommandSession): Promise<AdminActionPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const idOf = (user: string | null) => (user === null ? null : userIdOf(db, user));
  const [adminUserId, targetUserId, targetModelId] = await Promise.all([
    idOf(input.admin),
    idOf(input.user),
    input.model === null ? null : modelIdOf(db, input.model),
  ]);
  const { actionType, ticket, runId, since, until, limit, cursor } = input;
  return listAdminActions(db, {
    ...{ actionType, adminUserId, targetUserId, targetModelId, ticket, runId, since, until, limit, cursor },
  });
}

async function modelIdOf(db: DatabaseClient, model: string): Promise<string> {
  if (isUuid(model)) return model;
  const { getModel } = await import("@vidops/core/models");
  return (await getModel(db, model)).id;
}
