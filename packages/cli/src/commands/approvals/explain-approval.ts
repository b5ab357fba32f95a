import type { ApprovalReport } from "@vidops/core/admin";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { sideWords } from "../actions/action-words.ts";
import { explainUndo } from "../actions/explain-undo.ts";
import { nextCommand } from "../next-command.ts";

/** The refusal of a decision in words that say why, and what can be done instead; any other error stays as it is. */
export function explainApproval(error: unknown, request: ApprovalReport, look: Look): unknown {
  if (!isVidopsError(error)) return error;
  const { undoneAction } = request;
  const words = wordsOf(error, request, look);
  if (words === null) return undoneAction === null ? error : explainUndo(error, undoneAction, look);
  const { code, reason, retryable, variables, cause } = error;
  return new VidopsError({
    ...{ code, reason, retryable, variables, cause },
    message: words[0],
    hint: words[1],
    details: { ...error.details },
  });
}

function wordsOf(
  { reason, details }: VidopsError,
  { id, expiresAt }: ApprovalReport,
  look: Look,
): readonly [message: string, hint: string | null] | null {
  const next = (...command: string[]): string => nextCommand(command, look.flags);
  if (reason === "own_request")
    return [
      `Request ${id} is your own: a second admin has to approve it. Nothing was done.`,
      `You may withdraw it: ${next("approvals", "reject", id, "--reason", "WHY")}`,
    ];
  if (reason === "approval_expired")
    return [
      `Request ${id} expired at ${showMoment(expiresAt, look.zone)}; nothing was done.`,
      "Whoever still wants it runs the command again, which makes a new request.",
    ];
  if (reason === "approval_settled") {
    const done = details?.status === "executed";
    const by = done
      ? "was approved and done before; nothing was done twice"
      : "was rejected before; nothing was done";
    return [`Request ${id} ${by}.`, `Look at it: ${next("approvals", "show", id)}`];
  }
  if (reason === "state_changed_since")
    return [
      `What request ${id} would change was changed since it was made: then it was ${sideWords(details?.expected)}, now it is ${sideWords(details?.found)}. Nothing was done.`,
      "Whoever still wants it runs the command again, which makes a new request.",
    ];
  if (reason === "payload_changed")
    return [
      `Request ${id} is not the one that was shown, or not the one that the chain of actions has. Nothing was done.`,
      `Look at it again: ${next("approvals", "show", id)}. If nobody meant to change it: ${next("actions", "verify")}`,
    ];
  return null;
}
