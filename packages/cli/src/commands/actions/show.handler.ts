import { type AdminActionReport, getAdminAction } from "@vidops/core/admin";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";

/** Reads one act whole; null lets somebody pick it. */
export async function showAction(id: string | null, session: CommandSession): Promise<AdminActionReport> {
  const db = await openDatabase(session, planConnection(session, "person"));
  if (id !== null) return getAdminAction(db, id);
  const { pickAction } = await import("./pick-action.ts");
  return getAdminAction(db, await pickAction(session, db, false));
}
