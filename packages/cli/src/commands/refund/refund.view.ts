import type { Refund } from "@vidops/core/credits";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { nextCommand } from "../next-command.ts";

/** A refund, done or only looked at. */
export interface RefundReport extends ActReport<SentTarget, Refund> {
  readonly reasonCode: string | null;
  /** Null on a dry run that named none: none was used up. */
  readonly idempotencyKey: string | null;
}

/** What was named: a job, or a user by id. */
export type SentTarget = { readonly jobId: string } | { readonly user: string };

/** What a refund would change: who, what, before → after, and where. */
export function refundPlanView(plan: RefundReport, look: Pick<Look, "flags">): Document {
  const { amount, email, userId } = plan.answer;
  return [
    line(toned(`Refund ${credits(amount)} to ${email ?? userId}`, "strong")),
    what(plan),
    ...unfinished(plan, look),
  ];
}

/** What a refund did, or would do on a dry run. */
export function refundView(report: RefundReport, look: Look): Document {
  const { amount, email, userId, replayed, dryRun } = report.answer;
  const who = email ?? userId;
  if (replayed) {
    return [
      line(toned("Already refunded: nothing was done twice.", "good")),
      line(`This idempotency key gave ${credits(amount)} to ${who} before; this is the answer of that time.`),
      ...undoneSince(report.answer.undoneBy),
      what(report),
    ];
  }
  if (dryRun) return [...refundPlanView(report, look), ...dryRunLines(report)];
  return [
    line(toned(`Refunded ${credits(amount)} to ${who}`, "good")),
    what(report),
    ...unfinished(report, look),
    line(toned(`The ledger: ${nextCommand(["credits", "history", userId], look.flags)}`, "quiet")),
    ...recordedLines(report, look),
  ];
}

/** The JSON data of a refund. */
export function refundData(report: RefundReport): Record<string, unknown> {
  const { answer, reasonCode, idempotencyKey } = report;
  return {
    ...answerData(report),
    user_id: answer.userId,
    email: answer.email,
    job_id: answer.jobId,
    amount: answer.amount,
    previous_balance: answer.previousBalance,
    new_balance: answer.newBalance,
    replayed: answer.replayed,
    undone_by: answer.undoneBy,
    job_status: answer.jobStatus,
    job_credits_used: answer.jobCreditsUsed,
    job_credits_refunded: answer.jobCreditsRefunded,
    reason_code: reasonCode,
    idempotency_key: idempotencyKey,
    ...actData(report),
  };
}

function what(report: RefundReport): Block {
  const { answer, project, reason, reasonCode, idempotencyKey } = report;
  const { jobId, jobStatus, jobCreditsUsed, jobCreditsRefunded, amount, email, userId } = answer;
  const refunded =
    jobCreditsRefunded === null
      ? null
      : `refunded ${jobCreditsRefunded - amount} → ${jobCreditsRefunded} of ${jobCreditsUsed}`;
  return fields([
    ["project", project],
    ["user", email === null ? userId : `${email} (${userId})`],
    ["balance", `${answer.previousBalance} → ${answer.newBalance}`],
    ["job", jobId === null ? null : [jobId, jobStatus, refunded].filter((part) => part !== null).join(", ")],
    ...actRows({ ...report, reason: reasonCode === null ? reason : `${reason} [${reasonCode}]` }),
    ["key", idempotencyKey],
  ]);
}

function unfinished(
  { answer: { jobStatus, jobId, userId, dryRun } }: RefundReport,
  { flags }: Pick<Look, "flags">,
): Block[] {
  if (jobStatus !== "pending" && jobStatus !== "processing") return [];
  const verb = dryRun ? "is" : "was";
  return [
    line(
      toned(
        `The job ${verb} still ${jobStatus}. Should it complete after all, its video was free:`,
        "warning",
      ),
    ),
    line(toned(`look for ${jobId} in \`${nextCommand(["credits", "audit", userId], flags)}\`.`, "warning")),
  ];
}

/** What a replay has to add: its answer is of before the undo. */
export function undoneSince(undoneBy: string | null): Block[] {
  if (undoneBy === null) return [];
  return [line(toned(`It was undone since, by admin action ${undoneBy}.`, "warning"))];
}
