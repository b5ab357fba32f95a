import type { ApprovalReport, ApprovedRequest } from "@vidops/core/admin";
import type { ActReport } from "../../act-report.ts";
import { answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { effectRows } from "../actions/undo.view.ts";
import { approvalWords } from "./approval-words.ts";
import { effectData, payloadBlock, requestRows } from "./show.view.ts";

/** A request that was approved, or only looked at. */
export type ApproveReport = ActReport<ApprovalReport, ApprovedRequest>;

/** What an approval would do: the exact act, who asked, and before → after. */
export function approvePlanView(
  { target, answer, project, actingAdmin }: ApproveReport,
  look: Look,
): Document {
  return [
    line(toned(`Approve request ${target.id}: ${approvalWords(target)}`, "strong")),
    fields([
      ["project", project],
      ["acting", actingAdmin ?? "the signed-in admin"],
      ...requestRows({ request: target, effect: answer.effect, refusal: null }, look),
    ]),
    ...payloadBlock(target),
    line(),
  ];
}

/** What an approval did, or would do on a dry run. */
export function approveView(report: ApproveReport, look: Look): Document {
  const { target, answer } = report;
  if (answer.dryRun) return [...approvePlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(`Approved request ${target.id} and did it: ${approvalWords(target)}`, "good")),
    what(report),
    ...recordedLines(report, look),
  ];
}

function what({ target, answer, project, actingAdmin }: ApproveReport): Block {
  return fields([
    ["project", project],
    ["asked by", target.requesterEmail ?? target.requestedBy],
    ["approved by", actingAdmin ?? "the signed-in admin"],
    ...effectRows(answer.effect),
    ["reason", target.reason],
    ["ticket", target.ticket],
    ["hash", target.payloadHash],
  ]);
}

/** The JSON data of an approval. */
export function approveData(report: ApproveReport): Record<string, unknown> {
  const { target, answer, project, actingAdmin } = report;
  return {
    ...answerData(report),
    approval_id: answer.approvalId,
    status: answer.status,
    requested_by: answer.requestedBy,
    function: target.functionName,
    payload_hash: target.payloadHash,
    effect: effectData(answer.effect),
    reason: target.reason,
    ticket: target.ticket,
    acting_admin: actingAdmin,
    project,
  };
}
