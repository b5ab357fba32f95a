import type { AdminApproval, ApprovalReport } from "@vidops/core/admin";
import { actionWords, sideWords } from "../actions/action-words.ts";
import { askedWords } from "../actions/asked-words.ts";

/**
 * What a request asks for, in a few words.
 * @example approvalWords(approval) // "refund 900 credits to ada@example.com"
 */
export function approvalWords(approval: AdminApproval | ApprovalReport): string {
  const { functionName, amount } = approval;
  const user = approval.targetEmail ?? approval.targetUserId ?? "a user";
  if (functionName === "undo_admin_action") {
    const undone = "undoneAction" in approval ? approval.undoneAction : null;
    return undone === null ? "undo an action" : `undo action ${undone.id} (${actionWords(undone)})`;
  }
  if (functionName === "set_approval_threshold" && "payload" in approval) return thresholdWords(approval);
  return askedWords({ functionName, amount, user });
}

function thresholdWords({ payload }: ApprovalReport): string {
  const { p_name, p_credits } = payload.arguments;
  return p_credits === null
    ? `remove the threshold ${String(p_name)}`
    : `set the threshold ${String(p_name)} to ${sideWords(p_credits)}`;
}

/** How a request stands, in words. */
export function statusWords({ status }: AdminApproval): string {
  return { pending: "waits", expired: "expired", executed: "done", rejected: "rejected" }[status];
}
