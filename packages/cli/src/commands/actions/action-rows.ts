import type { AdminAction } from "@vidops/core/admin";
import type { Row } from "../../output/rows.ts";

/** The columns of an act in csv and ndjson. */
export const actionColumns = [
  "id",
  "created_at",
  "action_type",
  "admin_user_id",
  "admin_email",
  "signed_in",
  "target_user_id",
  "target_email",
  "target_model_id",
  "model_name",
  "target_job_id",
  "amount",
  "subject",
  "deleted",
  "before",
  "after",
  "reason",
  "reason_code",
  "ticket",
  "run_id",
  "undoes",
  "undone_by",
  "approved_by",
  "approver_email",
  "approval_id",
] as const;

/** An act as a row for csv and ndjson; what changed is JSON text there. */
export function actionRow(action: AdminAction): Row {
  const { before, after, ...data } = actionData(action) as Record<
    (typeof actionColumns)[number],
    string | null
  >;
  const asText = (side: unknown): string | null => (side === null ? null : JSON.stringify(side));
  return { ...data, before: asText(before), after: asText(after) };
}

/** An act as JSON data. */
export function actionData(action: AdminAction): Record<string, unknown> {
  return {
    id: action.id,
    created_at: action.createdAt,
    action_type: action.actionType,
    admin_user_id: action.adminUserId,
    admin_email: action.adminEmail,
    signed_in: action.signedIn,
    target_user_id: action.targetUserId,
    target_email: action.targetEmail,
    target_model_id: action.targetModelId,
    model_name: action.modelName,
    target_job_id: action.targetJobId,
    amount: action.amount,
    subject: action.subject,
    deleted: action.deleted,
    before: action.before ?? null,
    after: action.after ?? null,
    reason: action.reason,
    reason_code: action.reasonCode,
    ticket: action.ticket,
    run_id: action.runId,
    undoes: action.undoes,
    undone_by: action.undoneBy,
    approved_by: action.approvedBy,
    approver_email: action.approverEmail,
    approval_id: action.approvalId,
  };
}
