import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireRunId, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type ActEffect, effectRow, toEffect } from "./act-effect.ts";
import { requireId } from "./admin-action.ts";

/** Which request is approved, and as what it was seen. */
export interface ApprovalDecision {
  approvalId: string;
  /** `payloadHash` of the request that was looked at; another one is refused. */
  payloadHash: string;
  /** The approving admin; with a secret key only for a dry run. */
  adminUserId?: string | null;
  /** The run to store with it. Default: the client's. */
  runId?: string | null;
  /** Only say what the act would change. */
  dryRun?: boolean;
  /** Stops the waiting; an act in flight cannot be taken back (ERR_6006). */
  signal?: AbortSignal | undefined;
}

/** A request that was approved and done, or (with `dryRun`) only looked at. */
export interface ApprovedRequest extends Act {
  approvalId: string;
  status: "pending" | "executed";
  requestedBy: string;
  /** What the act changed. */
  effect: ActEffect;
}

/** A request that was ended without doing it. */
export interface RejectedRequest extends Act {
  approvalId: string;
  requestedBy: string;
}

const id = z.union([z.number(), z.string()]);
const approved = z.object({
  ...actFields,
  approval_id: id,
  status: z.enum(["pending", "executed"]),
  requested_by: z.string(),
  result: effectRow,
});
const rejected = z.object({ ...actFields, approval_id: id, requested_by: z.string() });

/**
 * Approves a request: the act is done, once, in one request. By a signed-in admin who did not make it.
 *
 * @param db a client with an admin's access token; a secret key says nothing about who holds it and is refused
 * @param decision which request, and the hash of what was seen
 * @returns what the act changed
 * @throws VidopsError ERR_4009 with the reason `own_request`, `approval_expired`, `approval_settled` or `payload_changed` ·
 *   ERR_4007 no such request · whatever the act itself refuses: the request then still waits · ERR_4006 forbidden · ERR_6006
 *   the answer was lost: repeat it
 * @example
 * ```ts
 * const { id, payloadHash } = await getApproval(db, "12");
 * await approveRequest(db, { approvalId: id, payloadHash });
 * ```
 */
export async function approveRequest(
  db: DatabaseClient,
  decision: ApprovalDecision,
): Promise<ApprovedRequest> {
  const { payloadHash, adminUserId, dryRun = false } = decision;
  if (typeof payloadHash !== "string" || !/^[0-9a-f]{64}$/.test(payloadHash))
    throw validationError("payloadHash", "is not a hash", "Take payloadHash of the request that was seen.");
  const runId = decision.runId ?? db.runId;
  const row = await rpc(
    db,
    "approve_admin_request",
    {
      p_approval_id: requireId("approvalId", decision.approvalId),
      p_payload_hash: payloadHash,
      p_admin_user_id: adminUserId == null ? undefined : requireUuid("adminUserId", adminUserId),
      p_dry_run: dryRun,
      p_run_id: runId == null ? undefined : requireRunId(runId),
    },
    approved,
    actCall(decision),
  );
  return {
    ...toAct(row),
    approvalId: String(row.approval_id),
    status: row.status,
    requestedBy: row.requested_by,
    effect: toEffect(row.result),
  };
}

/**
 * Ends a request without doing it. Also for who made it.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param rejection which request, and why
 * @returns the audit row
 * @throws VidopsError ERR_4009 with the reason `approval_expired` or `approval_settled` · ERR_4007 no such request · ERR_4008
 *   bad input · ERR_4006 forbidden · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * await rejectRequest(db, { approvalId: "12", reason: "the job did run" });
 * ```
 */
export async function rejectRequest(
  db: DatabaseClient,
  rejection: { approvalId: string } & ActOptions,
): Promise<RejectedRequest> {
  const row = await rpc(
    db,
    "reject_admin_request",
    { p_approval_id: requireId("approvalId", rejection.approvalId), ...actArguments(db, rejection) },
    rejected,
    actCall(rejection),
  );
  return { ...toAct(row), approvalId: String(row.approval_id), requestedBy: row.requested_by };
}
