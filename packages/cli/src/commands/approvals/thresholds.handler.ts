import { type ApprovalThreshold, listApprovalThresholds } from "@vidops/core/admin";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";

/** The thresholds that are set. */
export async function thresholds(session: CommandSession): Promise<ApprovalThreshold[]> {
  return listApprovalThresholds(await openDatabase(session, planConnection(session, "person")));
}
