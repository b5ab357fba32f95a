import type { AdjustedCredits } from "@vidops/core/credits";
import type { FoundUser } from "@vidops/core/users";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { undoneSince } from "../refund/refund.view.ts";
import { userName, userText } from "../users/user-rows.ts";

/** An adjustment, done or only looked at. */
export interface AdjustReport extends ActReport<FoundUser, AdjustedCredits> {
  readonly reasonCode: string | null;
  /** Null on a dry run that named none: none was used up. */
  readonly idempotencyKey: string | null;
}

/** What is to be done, in words that no sign can turn around. */
export function changeWords(change: number, name: string): string {
  const amount = credits(Math.abs(change));
  return change < 0 ? `Take ${amount} from ${name}` : `Add ${amount} to ${name}`;
}

/** What an adjustment would change: who, before → after, and where. */
export function adjustPlanView(plan: AdjustReport): Document {
  return [line(toned(changeWords(plan.answer.change, userName(plan.target)), "strong")), ...what(plan)];
}

/** What an adjustment did, or would do on a dry run. */
export function adjustView(report: AdjustReport, look: Look): Document {
  const { answer, target } = report;
  const words = changeWords(answer.change, userName(target));
  if (answer.replayed)
    return [
      line(toned("Already adjusted: nothing was done twice.", "good")),
      line(`This idempotency key was used before ("${words}"); this is the answer of that time.`),
      ...undoneSince(answer.undoneBy),
      ...what(report),
    ];
  if (answer.dryRun) return [...adjustPlanView(report), ...dryRunLines(report)];
  return [
    line(toned(words.replace(/^Take/, "Took").replace(/^Add/, "Added"), "good")),
    ...what(report),
    line(toned(`The ledger: ${nextCommand(["credits", "history", target.id], look.flags)}`, "quiet")),
    ...recordedLines(report, look),
  ];
}

function what(report: AdjustReport): Block[] {
  const { answer, target, project, reason, reasonCode, idempotencyKey } = report;
  return [
    fields([
      ["project", project],
      ["user", userText(target)],
      ["balance", `${answer.previousBalance} → ${answer.newBalance}`],
      ...actRows({ ...report, reason: reasonCode === null ? reason : `${reason} [${reasonCode}]` }),
      ["key", idempotencyKey],
    ]),
  ];
}

/** The JSON data of an adjustment. */
export function adjustData(report: AdjustReport): Record<string, unknown> {
  const { answer, reasonCode, idempotencyKey } = report;
  return {
    ...answerData(report),
    user_id: answer.userId,
    email: answer.email,
    change: answer.change,
    previous_balance: answer.previousBalance,
    new_balance: answer.newBalance,
    replayed: answer.replayed,
    undone_by: answer.undoneBy,
    reason_code: reasonCode,
    idempotency_key: idempotencyKey,
    ...actData(report),
  };
}
