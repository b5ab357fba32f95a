import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";

/** How a request for approval stands. */
export type ApprovalStatus = "pending" | "expired" | "executed" | "rejected";

/** An act that waits for a second admin, or did. */
export interface AdminApproval {
  id: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** From then on it can no longer be approved. */
  expiresAt: string;
  status: ApprovalStatus;
  requestedBy: string;
  requesterEmail: string | null;
  /** Whether the requester had signed in; false: a secret key said who asks. */
  signedIn: boolean | null;
  /** The function that is called when it is approved. */
  functionName: string;
  /** One of `actionTypes`. */
  actionType: string;
  targetUserId: string | null;
  targetEmail: string | null;
  targetModelId: string | null;
  modelName: string | null;
  /** In credits. */
  amount: number | null;
  reason: string;
  ticket: string | null;
  runId: string | null;
  decidedBy: string | null;
  deciderEmail: string | null;
  decidedAt: string | null;
  /** Why it was rejected. */
  decisionReason: string | null;
  /** The act that came of it, or the rejection. */
  actionId: string | null;
  /** SHA-256 of the payload: who approves sends it back, and so says what was seen. */
  payloadHash: string;
}

const text = z.nullable(z.string());

/** The same as SQL sends it. */
export interface ApprovalRow {
  id: string;
  created_at: string;
  expires_at: string;
  status: ApprovalStatus;
  requested_by: string;
  requester_email: string | null;
  signed_in: boolean | null;
  function_name: string;
  action_type: string;
  target_user_id: string | null;
  target_email: string | null;
  target_model_id: string | null;
  model_name: string | null;
  amount: number | null;
  reason: string;
  ticket: string | null;
  run_id: string | null;
  decided_by: string | null;
  decider_email: string | null;
  decided_at: string | null;
  decision_reason: string | null;
  action_id: string | null;
  payload_hash: string;
}

export const approvalRow: z.ZodMiniType<ApprovalRow> = z.object({
  id: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
  status: z.enum(["pending", "expired", "executed", "rejected"]),
  requested_by: z.string(),
  requester_email: text,
  signed_in: z.nullable(z.boolean()),
  function_name: z.string(),
  action_type: z.string(),
  target_user_id: text,
  target_email: text,
  target_model_id: text,
  model_name: text,
  amount: z.nullable(z.int()),
  reason: z.string(),
  ticket: text,
  run_id: text,
  decided_by: text,
  decider_email: text,
  decided_at: text,
  decision_reason: text,
  action_id: text,
  payload_hash: z.string(),
});

/** Names a row's fields as TypeScript does. */
export function toApproval(row: ApprovalRow): AdminApproval {
  return {
    id: row.id,
    createdAt: isoTime(row.created_at),
    expiresAt: isoTime(row.expires_at),
    status: row.status,
    requestedBy: row.requested_by,
    requesterEmail: row.requester_email,
    signedIn: row.signed_in,
    functionName: row.function_name,
    actionType: row.action_type,
    targetUserId: row.target_user_id,
    targetEmail: row.target_email,
    targetModelId: row.target_model_id,
    modelName: row.model_name,
    amount: row.amount,
    reason: row.reason,
    ticket: row.ticket,
    runId: row.run_id,
    decidedBy: row.decided_by,
    deciderEmail: row.decider_email,
    decidedAt: row.decided_at === null ? null : isoTime(row.decided_at),
    decisionReason: row.decision_reason,
    actionId: row.action_id,
    payloadHash: row.payload_hash,
  };
}
