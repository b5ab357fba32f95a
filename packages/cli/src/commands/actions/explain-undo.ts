import type { AdminAction } from "@vidops/core/admin";
import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { credits } from "../../output/credit-text.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { undoWords } from "../../undo-words.ts";
import { nextCommand } from "../next-command.ts";
import { sideWords } from "./action-words.ts";

/** The refusal of an undo in words that say why, and what can be done instead; any other error stays as it is. */
export function explainUndo(error: unknown, action: AdminAction, look: Look): unknown {
  if (!isVidopsError(error)) return error;
  const words = wordsOf(error, action, look);
  if (words === null) return error;
  const { code, reason, retryable, variables, cause } = error;
  return new VidopsError({
    ...{ code, reason, retryable, variables, cause },
    message: words[0],
    hint: words[1],
    details: { ...error.details },
  });
}

function wordsOf(
  { reason, details: given }: VidopsError,
  action: AdminAction,
  look: Look,
): readonly [message: string, hint: string | null] | null {
  const details = given ?? {};
  const next = (...command: string[]): string => nextCommand(command, look.flags);
  const { id } = action;
  if (reason === "already_undone") {
    const by = String(details.undone_by);
    const at = typeof details.undone_at === "string" ? ` on ${showMoment(details.undone_at, look.zone)}` : "";
    return [
      `Action ${id} was undone already, by action ${by}${at}; nothing was done twice.`,
      `Look at it: ${next("actions", "show", by)}`,
    ];
  }
  if (reason === "credits_already_spent") {
    const [has, wanted] = [Number(details.current_credits), Number(details.required_credits)];
    const who = action.targetEmail ?? action.targetUserId ?? "The user";
    const message = `${who} has ${credits(has)} left, and the undo would take ${wanted} back: ${wanted - has} were spent since. Nothing was changed.`;
    const partial = next("actions", "undo", id, "--partial", "--reason", "WHY");
    return [message, has === 0 ? null : `Take back the ${has} that are left: ${partial}`];
  }
  if (reason === "state_changed_since")
    return [
      `It was changed again since: action ${id} left ${sideWords(details.expected)}, and now it is ${sideWords(details.found)}. Nothing was changed.`,
      `See who did it: ${next("actions", "list", ...aboutFlags(action))}`,
    ];
  if (reason === "cannot_undo") return [cannotWords(details.why, action), null];
  return null;
}

function cannotWords(why: unknown, { id, actionType, undoes }: AdminAction): string {
  if (why === "is_undo")
    return `Action ${id} is itself the undo of action ${undoes}. ${undoWords("undo").sentence}`;
  if (why === "nothing_changed") return `Action ${id} changed nothing that could be taken back.`;
  const { possible, sentence } = undoWords(actionType);
  return possible ? `Action ${id} does not say what there was before, so it cannot be undone.` : sentence;
}

function aboutFlags({ targetModelId, targetUserId, actionType }: AdminAction): string[] {
  if (targetUserId !== null) return ["--user", targetUserId];
  return targetModelId === null ? ["--type", actionType] : ["--model", targetModelId];
}
