import type { Refund } from "@vidops/core/credits";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";

/** A refund, done or only looked at. */
export interface RefundReport extends Refund {
  readonly project: string;
  readonly reason: string;
  readonly reasonCode: string | null;
  /** Null on a dry run that named none: none was used up. */
  readonly idempotencyKey: string | null;
  /** Who acts; null when the access token says it. */
  readonly actingAdmin: string | null;
}

/** What a refund would change: who, what, before → after, and where. */
export function refundPlanView(plan: RefundReport): Document {
  return [
    line(toned(`Refund ${credits(plan.amount)} to ${plan.email ?? plan.userId}`, "strong")),
    what(plan),
    ...unfinished(plan),
  ];
}

/** What a refund did, or would do on a dry run. */
export function refundView(report: RefundReport): Document {
  if (report.replayed) {
    return [
      line(toned("Already refunded: nothing was done twice.", "good")),
      line(
        `This idempotency key gave ${credits(report.amount)} to ${report.email ?? report.userId} before; this is the answer of that time.`,
      ),
      what(report),
    ];
  }
  if (report.dryRun)
    return [...refundPlanView(report), line(toned("Dry run: nothing was changed.", "quiet"))];
  return [
    line(toned(`Refunded ${credits(report.amount)} to ${report.email ?? report.userId}`, "good")),
    what(report),
    ...unfinished(report),
    line(
      toned(
        `Recorded as admin action ${report.actionId} and in the ledger (vidops credits history ${report.email ?? report.userId}).`,
        "quiet",
      ),
    ),
    line(
      toned(
        "Too much? The SQL function deduct_credits takes it back, as long as the user has the credits.",
        "quiet",
      ),
    ),
  ];
}

/** The JSON data of a refund. */
export function refundData(report: RefundReport): Record<string, unknown> {
  return {
    action_id: report.actionId,
    user_id: report.userId,
    email: report.email,
    job_id: report.jobId,
    amount: report.amount,
    previous_balance: report.previousBalance,
    new_balance: report.newBalance,
    replayed: report.replayed,
    dry_run: report.dryRun,
    job_status: report.jobStatus,
    job_credits_used: report.jobCreditsUsed,
    job_credits_refunded: report.jobCreditsRefunded,
    reason: report.reason,
    reason_code: report.reasonCode,
    idempotency_key: report.idempotencyKey,
    acting_admin: report.actingAdmin,
    project: report.project,
  };
}

function what(report: RefundReport): Block {
  const { jobId, jobStatus, jobCreditsUsed, jobCreditsRefunded, amount } = report;
  const refunded =
    jobCreditsRefunded === null
      ? null
      : `refunded ${jobCreditsRefunded - amount} → ${jobCreditsRefunded} of ${jobCreditsUsed}`;
  return fields([
    ["project", report.project],
    ["user", report.email === null ? report.userId : `${report.email} (${report.userId})`],
    ["balance", `${report.previousBalance} → ${report.newBalance}`],
    ["job", jobId === null ? null : [jobId, jobStatus, refunded].filter((part) => part !== null).join(", ")],
    ["reason", report.reasonCode === null ? report.reason : `${report.reason} [${report.reasonCode}]`],
    ["acting", report.actingAdmin ?? "the signed-in admin"],
    ["key", report.idempotencyKey],
  ]);
}

function unfinished({ jobStatus, jobId, userId, dryRun }: RefundReport): Block[] {
  if (jobStatus !== "pending" && jobStatus !== "processing") return [];
  const verb = dryRun ? "is" : "was";
  return [
    line(
      toned(
        `The job ${verb} still ${jobStatus}. Should it complete after all, its video was free:`,
        "warning",
      ),
    ),
    line(toned(`look for ${jobId} in \`vidops credits audit ${userId}\`.`, "warning")),
  ];
}

/** An amount with its unit. */
export function credits(amount: number): string {
  return amount === 1 ? "1 credit" : `${amount} credits`;
}
