import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { type AdminAction, actionRow, requireId, toAction } from "./admin-action.ts";
import { type AdminApproval, approvalRow, toApproval } from "./admin-approval.ts";

/** One request for approval whole. */
export interface ApprovalReport extends AdminApproval {
  /** The call as it is done when approved: function, arguments, reason, ticket. */
  payload: { function: string; arguments: Record<string, unknown>; reason: string; ticket: string | null };
  idempotencyKey: string | null;
  /** Of an undo: the act that it would undo. */
  undoneAction: AdminAction | null;
  /** The audit row of the request itself. */
  requestActionId: string | null;
}

const answer = z.object({
  success: z.literal(true),
  approval: z.intersection(
    approvalRow,
    z.object({
      payload: z.object({
        function: z.string(),
        arguments: z.record(z.string(), z.unknown()),
        reason: z.string(),
        ticket: z.nullable(z.string()),
      }),
      idempotency_key: z.nullable(z.string()),
    }),
  ),
  undoes: z.nullable(actionRow),
  request_action_id: z.nullable(z.string()),
});

/**
 * Reads one request for approval whole.
 *
 * @param db a client of an admin, or with a secret key
 * @param approvalId its id
 * @param options a signal
 * @returns the request, with the call that it is for
 * @throws VidopsError ERR_4007 when there is none · ERR_4008 for what is no id · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { payload, payloadHash } = await getApproval(db, "12");
 * ```
 */
export async function getApproval(
  db: DatabaseClient,
  approvalId: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<ApprovalReport> {
  const { approval, undoes, request_action_id } = await rpc(
    db,
    "get_admin_approval",
    { p_approval_id: requireId("approvalId", approvalId) },
    answer,
    { effect: "read", signal: options.signal },
  );
  return {
    ...toApproval(approval),
    payload: approval.payload,
    idempotencyKey: approval.idempotency_key,
    undoneAction: undoes === null ? null : toAction(undoes),
    requestActionId: request_action_id,
  };
}
