import { approveRequest, getApproval } from "@vidops/core/admin";
import type { DatabaseClient } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import { actingAdminId } from "../../acting-admin.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import type { SeenRequest } from "./show.view.ts";

/** Reads one request whole, and what it would change; null lets somebody pick it. */
export async function showRequest(id: string | null, session: CommandSession): Promise<SeenRequest> {
  const plan = planConnection(session, "person");
  const db = await openDatabase(session, plan);
  const wanted = id ?? (await (await import("./pick-approval.ts")).pickApproval(session, db, false));
  const request = await getApproval(db, wanted);
  if (request.status !== "pending") return { request, effect: null, refusal: null };
  const { admin } = session.configuration();
  // A secret key asks as an admin; where none is set, nobody can ask.
  if (plan.accessToken === null && admin === null) return { request, effect: null, refusal: null };
  return foresee(db, request, await actingAdminId(db, plan.accessToken === null ? admin : null));
}

/** What an approval would change now, or why it would be refused. */
async function foresee(
  db: DatabaseClient,
  request: SeenRequest["request"],
  adminUserId: string | null,
): Promise<SeenRequest> {
  const { id: approvalId, payloadHash } = request;
  try {
    const { effect } = await approveRequest(db, { approvalId, payloadHash, adminUserId, dryRun: true });
    return { request, effect, refusal: null };
  } catch (error) {
    if (!isVidopsError(error) || error.retryable) throw error;
    return { request, effect: null, refusal: error.message };
  }
}
