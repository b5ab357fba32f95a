import type { ResetRateLimits } from "@vidops/core/rate-limit";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { nextCommand } from "../next-command.ts";
import { statesTable } from "./check.view.ts";
import { stateRow } from "./limit-words.ts";
import type { Look } from "./list.view.ts";
import { type Subject, subjectData, subjectText } from "./subject.ts";

/** A reset, done or only looked at. */
export interface ResetReport extends ResetRateLimits {
  readonly subject: Subject;
  readonly action: string;
  readonly project: string;
  readonly reason: string;
  /** Who acts; null when the access token says it. */
  readonly actingAdmin: string | null;
}

/** What a reset would forget: of whom, what, and where. */
export function resetPlanView(plan: ResetReport, look: Look): Document {
  return [
    line(toned(`Reset ${plan.action} for ${plan.subject.name}`, "strong")),
    ...what(plan, "Counted:", look),
    line(toned("This cannot be undone: the counts are gone, and the whole limit is there again.", "warning")),
  ];
}

/** What a reset did, or would do on a dry run. */
export function resetView(report: ResetReport, look: Look): Document {
  const { subject, action, cleared } = report;
  if (cleared.length === 0)
    return [
      line(toned(`Nothing to reset: ${action} counts nothing for ${subjectText(subject)}.`, "good")),
      line(
        toned(
          `How it stands: ${nextCommand(["limits", "check", subject.word, action], look.flags)}`,
          "quiet",
        ),
      ),
    ];
  if (report.dryRun)
    return [...resetPlanView(report, look), line(toned("Dry run: nothing was changed.", "quiet"))];
  return [
    line(toned(`Reset ${action} for ${subject.name}: the whole limit is there again`, "good")),
    ...what(report, "Forgotten:", look),
    line(toned("Processes that remember a refusal follow within 10 seconds.", "quiet")),
    line(toned(`Recorded as admin action ${report.actionId}.`, "quiet")),
  ];
}

function what(
  { project, subject, cleared, reason, actingAdmin }: ResetReport,
  title: string,
  look: Look,
): Block[] {
  return [
    fields([
      ["project", project],
      ["for", subjectText(subject)],
      ["reason", reason],
      ["acting", actingAdmin ?? "the signed-in admin"],
    ]),
    line(title),
    statesTable(cleared, look.width),
  ];
}

/** The JSON data of a reset. */
export function resetData(report: ResetReport): Record<string, unknown> {
  return {
    action_id: report.actionId,
    action: report.action,
    ...subjectData(report.subject),
    cleared: report.cleared.map(stateRow),
    dry_run: report.dryRun,
    reason: report.reason,
    acting_admin: report.actingAdmin,
    project: report.project,
  };
}
