import type { ResetRateLimits } from "@vidops/core/rate-limit";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { statesTable } from "./check.view.ts";
import { stateRow } from "./limit-words.ts";
import { type Subject, subjectData, subjectText } from "./subject.ts";

/** A reset, done or only looked at. */
export interface ResetReport extends ActReport<Subject, ResetRateLimits> {
  readonly action: string;
}

/** What a reset would forget: of whom, what, and where. */
export function resetPlanView(plan: ResetReport, look: Look): Document {
  return [
    line(toned(`Reset ${plan.action} for ${plan.target.name}`, "strong")),
    ...what(plan, "Counted:", look),
  ];
}

/** What a reset did, or would do on a dry run. */
export function resetView(report: ResetReport, look: Look): Document {
  const { target: subject, action, answer } = report;
  if (!answer.changed)
    return [
      line(toned(`Nothing to reset: ${action} counts nothing for ${subjectText(subject)}.`, "good")),
      line(
        toned(
          `How it stands: ${nextCommand(["limits", "check", subject.word, action], look.flags)}`,
          "quiet",
        ),
      ),
    ];
  if (answer.dryRun) return [...resetPlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(`Reset ${action} for ${subject.name}: the whole limit is there again`, "good")),
    ...what(report, "Forgotten:", look),
    line(toned("Processes that remember a refusal follow within 10 seconds.", "quiet")),
    ...recordedLines(report, look),
  ];
}

function what(report: ResetReport, title: string, look: Look): Block[] {
  return [
    fields([["project", report.project], ["for", subjectText(report.target)], ...actRows(report)]),
    line(title),
    statesTable(report.answer.cleared, look),
  ];
}

/** The JSON data of a reset. */
export function resetData(report: ResetReport): Record<string, unknown> {
  const { answer } = report;
  return {
    ...answerData(report),
    action: report.action,
    ...subjectData(report.target),
    cleared: answer.cleared.map(stateRow),
    ...actData(report),
  };
}
