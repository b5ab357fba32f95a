import { type ApprovalReport, getApproval, type RejectedRequest, rejectRequest } from "@vidops/core/admin";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { explainApproval } from "./explain-approval.ts";
import { type RejectReport, rejectPlanView } from "./reject.view.ts";

export interface RejectInput extends ActInput {
  /** Null: it is picked. */
  readonly id: string | null;
}

/**
 * Rejects a request, or withdraws the own one.
 * @throws CommandError, VidopsError.
 */
export function reject(input: RejectInput, session: CommandSession): Promise<RejectReport> {
  const look = lookOf(session, "stderr");
  return act<ApprovalReport, RejectedRequest>(session, input, {
    actionType: "approval_reject",
    name: "the rejection",
    find: async (db) => {
      const id = input.id ?? (await (await import("./pick-approval.ts")).pickApproval(session, db, true));
      return getApproval(db, id);
    },
    send: (db, request, options) =>
      rejectRequest(db, { approvalId: request.id, ...options }).catch((error: unknown) => {
        throw explainApproval(error, request, look);
      }),
    plan: (plan) => rejectPlanView(plan, look),
    question: ({ target }) => `Reject request ${target.id}?`,
    settle: ({ id }) => ({ hint: `Look how it stands: vidops approvals show ${id}` }),
  });
}
