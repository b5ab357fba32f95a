import type { AdminApproval, ApprovalReport } from "@vidops/core/admin";
import { actionWords, sideWords } from "../actions/action-words.ts";
import { credits } from "../refund/refund.view.ts";

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
  if (functionName === "admin_refund_credits") return `refund ${credits(amount ?? 0)} to ${user}`;
  if (functionName === "admin_adjust_credits")
    return (amount ?? 0) < 0
      ? `take ${credits(-(amount ?? 0))} from ${user}`
      : `give ${credits(amount ?? 0)} to ${user}`;
  if (functionName === "grant_admin") return `make ${user} an admin`;
  if (functionName === "unban_user") return `unban ${user}`;
  if (functionName === "set_approval_threshold") return thresholdWords(approval);
  return functionName.replaceAll("_", " ");
}

function thresholdWords(approval: AdminApproval | ApprovalReport): string {
  if (!("payload" in approval)) return "change a threshold";
  const { p_name, p_credits } = approval.payload.arguments;
  return p_credits === null
    ? `remove the threshold ${String(p_name)}`
    : `set the threshold ${String(p_name)} to ${sideWords(p_credits)}`;
}

/** How a request stands, in words. */
export function statusWords({ status }: AdminApproval): string {
  return { pending: "waits", expired: "expired", executed: "done", rejected: "rejected" }[status];
}
