import {
  type ActionType,
  type ApprovalReport,
  type ApprovedRequest,
  approveRequest,
  getApproval,
} from "@vidops/core/admin";
import { VidopsError } from "@vidops/core/errors";
import { act } from "../../act.ts";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { planConnection } from "../../connection.ts";
import { lookOf } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { type ApproveReport, approvePlanView } from "./approve.view.ts";
import { explainApproval } from "./explain-approval.ts";

export interface ApproveInput {
  /** Null: it is picked. */
  readonly id: string | null;
  /** What was reviewed before; null: what is shown now. */
  readonly hash: string | null;
  readonly dryRun: boolean;
}

/**
 * Approves a request, by the hash of what is shown.
 * @throws CommandError CLI_NOT_ALLOWED (exit 4) without a login; VidopsError.
 */
export function approve(input: ApproveInput, session: CommandSession): Promise<ApproveReport> {
  const look = lookOf(session, "stderr");
  if (!input.dryRun) requireLogin(session);
  // The reason is the request's: an approval has none of its own.
  const told = { reason: "", ticket: null, dryRun: input.dryRun };
  return act<ApprovalReport, ApprovedRequest>(session, told, {
    actionType: (request) =>
      request.functionName === "undo_admin_action" ? "undo" : (request.actionType as ActionType),
    name: "the approval",
    find: async (db) => {
      const id = input.id ?? (await (await import("./pick-approval.ts")).pickApproval(session, db, true));
      const request = await getApproval(db, id);
      if (input.hash !== null && input.hash !== request.payloadHash) throw anotherRequest(request);
      return request;
    },
    send: (db, request, { adminUserId = null, runId = null, dryRun = false }) =>
      approveRequest(db, {
        approvalId: request.id,
        payloadHash: request.payloadHash,
        ...{ adminUserId, runId, dryRun },
      }).catch((error: unknown) => {
        throw explainApproval(error, request, look);
      }),
    plan: (plan) => approvePlanView(plan, look),
    question: ({ target }) => `Approve request ${target.id}, and do it?`,
    settle: ({ id }) => ({
      hint: `Look whether it was done: vidops approvals show ${id}. Running the same command again does it at most once.`,
    }),
  });
}

function requireLogin(session: CommandSession): void {
  if (planConnection(session, "person").accessToken !== null) return;
  throw new CommandError(
    "CLI_NOT_ALLOWED",
    "Approving needs a login: a secret key does not say who holds it, and one person could be both admins.",
    { hint: `Sign in: ${nextCommand(["login"], session.flags)}`, reason: "login_needed" },
  );
}

function anotherRequest({ id, payloadHash }: ApprovalReport): VidopsError {
  return new VidopsError({
    code: "ERR_4009",
    reason: "payload_changed",
    message: `Request ${id} is not the one that was reviewed: its hash is ${payloadHash}. Nothing was done.`,
    hint: `Look at it again: vidops approvals show ${id}`,
  });
}
