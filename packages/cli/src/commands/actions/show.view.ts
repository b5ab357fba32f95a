import type { AdminActionReport } from "@vidops/core/admin";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { jsonLines } from "../../output/json-lines.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { undoWords } from "../../undo-words.ts";
import { nextCommand } from "../next-command.ts";
import { actionData } from "./action-rows.ts";
import { actionWords } from "./action-words.ts";
import { adminOf } from "./list.view.ts";

/** One act whole, for people. */
export function showView(action: AdminActionReport, look: Look): Document {
  const { undoneAction, undoneByAction, approval } = action;
  const moment = (iso: string): string => showMoment(iso, look.zone);
  const next = (...words: string[]): string => nextCommand(words, look.flags);
  return [
    line(toned(`Action ${action.id}: ${actionWords(action)}`, "strong")),
    fields([
      ["time", moment(action.createdAt)],
      ["by", adminOf(action)],
      // Whoever holds a secret key can name any admin.
      ["signed in", action.signedIn === false ? "no: a secret key said who acts" : null],
      ["kind", action.actionType],
      ["reason", action.reasonCode === null ? action.reason : `${action.reason} [${action.reasonCode}]`],
      ["ticket", action.ticket],
      ["user", whom(action.targetEmail, action.targetUserId)],
      ["model", whom(action.modelName, action.targetModelId)],
      ["job", action.targetJobId],
      [
        "approved",
        approval?.decidedAt == null || action.approvedBy === null
          ? null
          : `by ${action.approverEmail ?? action.approvedBy}, ${moment(approval.decidedAt)} (request ${approval.id})`,
      ],
      [
        "undid",
        undoneAction && `${undoneAction.id}: ${actionWords(undoneAction)}, ${moment(undoneAction.createdAt)}`,
      ],
      [
        "undone",
        undoneByAction &&
          `by ${undoneByAction.id}, ${moment(undoneByAction.createdAt)}, ${adminOf(undoneByAction)}`,
      ],
      ["request", action.approvalId && next("approvals", "show", action.approvalId)],
      ["run", action.runId],
      ["key", action.idempotencyKey],
      ["chain", `position ${action.chainPosition}`],
      ["hash", action.hash],
    ]),
    ...detailsBlock(action.details),
    line(),
    line(undoText(action, next)),
  ];
}

function undoText(action: AdminActionReport, next: (...words: string[]) => string): Text {
  if (action.undoneBy !== null)
    return toned(`It was undone: ${next("actions", "show", action.undoneBy)}`, "quiet");
  const { possible, sentence } = undoWords(action.undoes === null ? action.actionType : "undo");
  if (!possible) return toned(sentence, "quiet");
  return toned(`${sentence} ${next("actions", "undo", action.id, "--reason", "WHY")}`, "quiet");
}

function whom(name: string | null, id: string | null): string | null {
  if (id === null) return null;
  return name === null ? id : `${name} (${id})`;
}

function detailsBlock(details: unknown): Block[] {
  if (details === null || (typeof details === "object" && Object.keys(details ?? {}).length === 0)) return [];
  return [line(), line(toned("details", "quiet")), ...jsonLines(details).map((text) => line(`  ${text}`))];
}

/** The same as JSON data. */
export function showData(action: AdminActionReport): Record<string, unknown> {
  const { undoneAction, undoneByAction, approval } = action;
  return {
    ...actionData(action),
    details: action.details,
    idempotency_key: action.idempotencyKey,
    chain_position: action.chainPosition,
    previous_hash: action.previousHash,
    hash: action.hash,
    can_be_undone:
      action.undoneBy === null && action.undoes === null && undoWords(action.actionType).possible,
    undone_action: undoneAction === null ? null : actionData(undoneAction),
    undone_by_action: undoneByAction === null ? null : actionData(undoneByAction),
    approval:
      approval === null
        ? null
        : {
            id: approval.id,
            status: approval.status,
            requested_by: approval.requestedBy,
            decided_by: approval.decidedBy,
            decided_at: approval.decidedAt,
          },
  };
}
