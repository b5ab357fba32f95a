import type { ModelDetails } from "@vidops/core/models";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { TimeRange } from "../../time-range.ts";
import { findModel, targetModel } from "./find-model.ts";

export interface ShowInput extends TimeRange {
  /** Null lets somebody pick one. */
  readonly reference: string | null;
}

/** Reads one model with its use. */
export async function showModel(
  { reference, since, until }: ShowInput,
  session: CommandSession,
): Promise<ModelDetails> {
  const db = await openDatabase(session, planConnection(session, "person"));
  const id = reference ?? (await targetModel(session, db, null)).id;
  return findModel(db, id, { since, until });
}
