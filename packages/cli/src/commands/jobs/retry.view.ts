import type { RetriedJob, WholeJob } from "@vidops/core/jobs";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";
import { ownerOf } from "./job-rows.ts";

/** A job that was ordered once more, and how it stands; null when it was not sent to a provider. */
export interface RetryAnswer extends RetriedJob {
  readonly status: string | null;
}

export type RetryReport = ActReport<WholeJob, RetryAnswer>;

/** What would be ordered, for whom, and for how much. */
export function retryPlanView(report: RetryReport): Document {
  return [line(toned(`Order job ${report.target.jobId} once more`, "strong")), ...what(report)];
}

/** What was ordered, or on a dry run would be. */
export function retryView(report: RetryReport, look: Look): Document {
  const { target, answer } = report;
  const next = (id: string): string => nextCommand(["jobs", "show", id], look.flags);
  if (!answer.changed)
    return [
      line(toned(`Job ${target.jobId} was ordered once more before: nothing was changed.`, "good")),
      ...what(report),
      ...(answer.newJobId === null
        ? []
        : [line(toned(`How that stands: ${next(answer.newJobId)}`, "quiet"))]),
    ];
  if (answer.dryRun) return [...retryPlanView(report), ...dryRunLines(report)];
  return [
    line(outcomeText(answer)),
    ...what(report),
    ...recordedLines(report, look),
    ...(answer.newJobId === null ? [] : [line(toned(`How it stands: ${next(answer.newJobId)}`, "quiet"))]),
  ];
}

function outcomeText({ newJobId, provider, status }: RetryAnswer): Text {
  if (status === "processing") return toned(`Ordered job ${newJobId}: ${provider} took it`, "good");
  return status === "pending"
    ? toned(`Ordered job ${newJobId}; whether ${provider} took it is not known yet`, "warning")
    : toned(`Ordered job ${newJobId}, which was given up meanwhile`, "warning");
}

function what(report: RetryReport): Block[] {
  const { target, answer, project } = report;
  return [
    fields([
      ["project", project],
      ["user", ownerOf(target)],
      ["model", `${answer.modelName} (${answer.provider})`],
      ["prompt", answer.prompt],
      ["new job", answer.newJobId],
      ["cost", answer.changed ? credits(answer.creditsUsed) : null],
      ["balance", answer.changed ? `${answer.previousBalance} → ${answer.newBalance}` : null],
      ["error", [target.errorCode, target.errorReason].filter((word) => word !== null).join(" ") || null],
      ...actRows(report),
    ]),
  ];
}

/** The JSON data of it. */
export function retryData(report: RetryReport): Record<string, unknown> {
  const { answer } = report;
  return {
    ...answerData(report),
    job_id: answer.jobId,
    new_job_id: answer.newJobId,
    status: answer.status,
    retried_by_action: answer.retriedByAction,
    user_id: answer.userId,
    email: answer.email,
    model_id: answer.modelId,
    model_name: answer.modelName,
    provider: answer.provider,
    credits_used: answer.creditsUsed,
    previous_balance: answer.previousBalance,
    new_balance: answer.newBalance,
    ...actData(report),
  };
}
