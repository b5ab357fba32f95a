import type { ActEffect, AdminActionReport, UndoneAction } from "@vidops/core/admin";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { showMoment } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { actionWords, changeWords } from "./action-words.ts";
import { adminOf } from "./list.view.ts";

/** An undo, done or only looked at. */
export type UndoReport = ActReport<AdminActionReport, UndoneAction>;

/** What an undo would do: which act, and before → after of what compensates it. */
export function undoPlanView(plan: UndoReport, look: Look): Document {
  return [
    line(toned(`Undo action ${plan.target.id}: ${actionWords(plan.target)}`, "strong")),
    what(plan, look),
    ...partialLines(plan),
  ];
}

/** What an undo did, or would do on a dry run. */
export function undoView(report: UndoReport, look: Look): Document {
  const { target, answer } = report;
  if (!answer.changed)
    return [
      line(toned(`Action ${target.id} left nothing to take back: nothing was changed.`, "good")),
      what(report, look),
    ];
  if (answer.dryRun) return [...undoPlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(`Undid action ${target.id}: ${actionWords(target)}`, "good")),
    what(report, look),
    ...partialLines(report),
    line(
      toned(
        `Recorded as admin action ${answer.actionId}: ${nextCommand(["actions", "show", answer.actionId ?? ""], look.flags)}`,
        "quiet",
      ),
    ),
  ];
}

/** Label and value of what an act changes, before → after. */
export function effectRows(effect: ActEffect): (readonly [label: string, value: Text | null])[] {
  if (effect.previousBalance !== null && effect.newBalance !== null)
    return [["balance", `${effect.previousBalance} → ${effect.newBalance}`]];
  return [["change", changeWords(effect)]];
}

function what(report: UndoReport, look: Look): Block {
  const { target, answer, project } = report;
  return fields([
    ["project", project],
    ["action", `${showMoment(target.createdAt, look.zone)}, by ${adminOf(target)}: ${target.reason}`],
    ["user", whom(target.targetEmail, target.targetUserId)],
    ["model", whom(target.modelName, target.targetModelId)],
    ...effectRows(answer),
    ...actRows(report),
  ]);
}

function whom(name: string | null, id: string | null): string | null {
  if (id === null) return null;
  return name === null ? id : `${name} (${id})`;
}

function partialLines({ target, answer }: UndoReport): Block[] {
  if (!answer.partial) return [];
  const [wanted, taken] = [Math.abs(target.amount ?? 0), Math.abs(answer.change ?? 0)];
  const spent = `${credits(wanted - taken)} of ${wanted} ${wanted - taken === 1 ? "was" : "were"} spent since`;
  return [line(toned(`${spent}: the undo takes back ${taken}, and is the only one.`, "warning"))];
}

/** The JSON data of an undo. */
export function undoData(report: UndoReport): Record<string, unknown> {
  const { target, answer } = report;
  return {
    ...answerData(report),
    undoes: answer.undoes,
    undone_action_type: answer.undoneActionType,
    partial: answer.partial,
    target_user_id: target.targetUserId,
    target_email: target.targetEmail,
    target_model_id: target.targetModelId,
    model_name: target.modelName,
    amount: answer.change,
    previous_balance: answer.previousBalance,
    new_balance: answer.newBalance,
    before: answer.before,
    after: answer.after,
    ...actData(report),
  };
}
