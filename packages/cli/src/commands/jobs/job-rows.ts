import type { OperatorJob } from "@vidops/core/jobs";
import { formatDuration } from "../../durations.ts";
import { type Text, toned } from "../../output/document.ts";
import type { Row } from "../../output/rows.ts";

/** The columns of a job in csv and ndjson. */
export const jobColumns = [
  "job_id",
  "created_at",
  "completed_at",
  "status",
  "user_id",
  "email",
  "model_id",
  "model_name",
  "provider",
  "provider_model_id",
  "provider_job_id",
  "credits_used",
  "credits_refunded",
  "error_code",
  "error_reason",
  "error_message",
  "delivered_free",
  "delivered_late_at",
  "deleted_at",
  "purged_at",
  "prompt",
] as const;

/** A job as JSON data, and as a row for csv and ndjson. */
export function jobRow(job: OperatorJob): Row {
  return {
    job_id: job.jobId,
    created_at: job.createdAt,
    completed_at: job.completedAt,
    status: job.status,
    user_id: job.userId,
    email: job.email,
    model_id: job.modelId,
    model_name: job.modelName,
    provider: job.provider,
    provider_model_id: job.providerModelId,
    provider_job_id: job.providerJobId,
    credits_used: job.creditsUsed,
    credits_refunded: job.creditsRefunded,
    error_code: job.errorCode,
    error_reason: job.errorReason,
    error_message: job.errorMessage,
    delivered_free: job.deliveredFree,
    delivered_late_at: job.deliveredLateAt,
    deleted_at: job.deletedAt,
    purged_at: job.purgedAt,
    prompt: job.prompt,
  };
}

/** A state in its colour, with what is unusual about it. */
export function statusText({
  status,
  deliveredFree,
  deletedAt,
}: Pick<OperatorJob, "status" | "deliveredFree" | "deletedAt">): Text {
  const words = [status, ...(deliveredFree ? ["free"] : []), ...(deletedAt === null ? [] : ["deleted"])];
  const text = words.join(", ");
  if (status === "completed") return deliveredFree ? toned(text, "warning") : text;
  return toned(text, status === "failed" ? "bad" : "warning");
}

/** What a job cost, and what of it was given back. */
export function costText({ creditsUsed, creditsRefunded }: OperatorJob): string {
  return creditsRefunded === 0 ? `${creditsUsed}` : `${creditsUsed} - ${creditsRefunded}`;
}

/** Whose a job is. */
export function ownerOf({ email, userId }: Pick<OperatorJob, "email" | "userId">): string {
  return email ?? userId;
}

/** A wait in its largest unit, e.g. "25m". */
export function waited(seconds: number): string {
  const unit = [86_400, 3_600, 60, 1].find((size) => seconds >= size) ?? 1;
  return formatDuration(Math.floor(seconds / unit) * unit);
}
