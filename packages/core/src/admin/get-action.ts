import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import { type AdminAction, actionRow, requireId, toAction } from "./admin-action.ts";
import { type AdminApproval, approvalRow, toApproval } from "./admin-approval.ts";

/** One act whole. */
export interface AdminActionReport extends AdminAction {
  /** All that was stored with it. */
  details: unknown;
  idempotencyKey: string | null;
  /** SHA-256 of the request, for acts with an idempotency key. */
  requestHash: string | null;
  /** Its place in the chain: 1 for the first act. */
  chainPosition: number;
  /** Hash of the act before; 64 zeros for the first. */
  previousHash: string;
  hash: string;
  /** The act that this one undid. */
  undoneAction: AdminAction | null;
  /** The act that undid this one. */
  undoneByAction: AdminAction | null;
  /** The request by which a second admin allowed it. */
  approval: AdminApproval | null;
}

const answer = z.object({
  success: z.literal(true),
  action: z.intersection(
    actionRow,
    z.object({
      details: z.unknown(),
      idempotency_key: z.nullable(z.string()),
      request_hash: z.nullable(z.string()),
      chain_position: z.int(),
      previous_hash: z.string(),
      hash: z.string(),
    }),
  ),
  undoes: z.nullable(actionRow),
  undone_by: z.nullable(actionRow),
  approval: z.nullable(approvalRow),
});

/**
 * Reads one act whole, with the acts that it is linked to.
 *
 * @param db a client of an admin, or with a secret key
 * @param actionId its id
 * @param options a signal
 * @returns the act
 * @throws VidopsError ERR_4007 when there is none · ERR_4008 for what is no id · ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { undoneBy } = await getAdminAction(db, "4711");
 * ```
 */
export async function getAdminAction(
  db: DatabaseClient,
  actionId: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<AdminActionReport> {
  const { action, undoes, undone_by, approval } = await rpc(
    db,
    "get_admin_action",
    { p_action_id: requireId("actionId", actionId) },
    answer,
    { effect: "read", signal: options.signal },
  );
  return {
    ...toAction(action),
    details: action.details ?? null,
    idempotencyKey: action.idempotency_key,
    requestHash: action.request_hash,
    chainPosition: action.chain_position,
    previousHash: action.previous_hash,
    hash: action.hash,
    undoneAction: undoes === null ? null : toAction(undoes),
    undoneByAction: undone_by === null ? null : toAction(undone_by),
    approval: approval === null ? null : toApproval(approval),
  };
}
