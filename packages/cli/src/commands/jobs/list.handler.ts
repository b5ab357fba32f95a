import type { DatabaseClient } from "@vidops/core/database";
import { type JobPage, listJobs } from "@vidops/core/jobs";
import { isUuid } from "../../arguments.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { userIdOf } from "../credits/user-reference.ts";
import type { ListInput } from "./list-input.ts";

/** One page of jobs; a user or a model that does not exist is an error rather than an empty list. */
export async function pageOfJobs(input: ListInput, session: CommandSession): Promise<JobPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const [userId, modelId] = await Promise.all([
    input.user === null ? null : userIdOf(db, input.user),
    input.model === null ? null : modelIdOf(db, input.model),
  ]);
  const { status, provider, deliveredFree, deleted, refunded, since, until, limit, cursor } = input;
  return listJobs(db, {
    ...{ status, userId, modelId, provider, deliveredFree, deleted, refunded, since, until, limit, cursor },
  });
}

async function modelIdOf(db: DatabaseClient, model: string): Promise<string> {
  if (isUuid(model)) return model;
  const { findModel } = await import("../models/find-model.ts");
  return (await findModel(db, model)).id;
}
