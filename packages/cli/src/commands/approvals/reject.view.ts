import type { ApprovalReport, RejectedRequest } from "@vidops/core/admin";
import type { ActReport } from "../../act-report.ts";
import { actData, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { approvalWords } from "./approval-words.ts";
import { requestRows } from "./show.view.ts";

/** A request that was rejected, or only looked at. */
export type RejectReport = ActReport<ApprovalReport, RejectedRequest>;

/** What would be rejected, and why. */
export function rejectPlanView(plan: RejectReport, look: Look): Document {
  const { target } = plan;
  return [
    line(toned(`Reject request ${target.id}: ${approvalWords(target)}`, "strong")),
    fields([
      ["project", plan.project],
      ...requestRows({ request: target, effect: null, refusal: null }, look),
      ["reject", plan.reason],
      ["acting", plan.actingAdmin ?? "the signed-in admin"],
    ]),
  ];
}

/** What a rejection did, or would do on a dry run. */
export function rejectView(report: RejectReport, look: Look): Document {
  const { target, answer } = report;
  if (answer.dryRun) return [...rejectPlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(`Rejected request ${target.id}: ${approvalWords(target)}. It was not done.`, "good")),
    fields([
      ["project", report.project],
      ["asked by", target.requesterEmail ?? target.requestedBy],
      ["because", report.reason],
      ["ticket", report.ticket],
    ]),
    ...recordedLines(report, look),
  ];
}

/** The JSON data of a rejection. */
export function rejectData(report: RejectReport): Record<string, unknown> {
  const { answer } = report;
  return {
    ...answerData(report),
    approval_id: answer.approvalId,
    status: answer.dryRun ? "pending" : "rejected",
    requested_by: answer.requestedBy,
    payload_hash: report.target.payloadHash,
    ...actData(report),
  };
}
