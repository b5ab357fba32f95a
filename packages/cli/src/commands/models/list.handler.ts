import { listModels as list, type ModelPage } from "@vidops/core/models";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { ListInput } from "./list-input.ts";

/** Lists models with their use. */
export async function listModels(
  { words: _, ...query }: ListInput,
  session: CommandSession,
): Promise<ModelPage> {
  const db = await openDatabase(session, planConnection(session, "person"));
  return list(db, query);
}
