import type { JobStory, WholeJob } from "@vidops/core/jobs";
import { columnsTable } from "../../output/columns.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, type Text, toned } from "../../output/document.ts";
import { jsonLines } from "../../output/json-lines.ts";
import { showMoment, timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { jobRow, ownerOf, statusText, waited } from "./job-rows.ts";
import { nextSteps } from "./next-steps.ts";
import { type JobEvent, timeline } from "./timeline.ts";

/** One job whole, for people. */
export function showView(story: JobStory, now: Date, look: Look): Document {
  const { job, user, model, key, retriedAs } = story;
  const { zone } = look;
  const events = timeline(story);
  return [
    line(toned(`Job ${job.jobId}`, "strong")),
    fields([
      ["status", stateOf(job, now)],
      [
        "user",
        `${ownerOf(job)}${user.isGuest ? ", a guest" : ""}${user.bannedAt === null ? "" : ", banned"}`,
      ],
      ["balance", credits(user.creditsRemaining)],
      ["model", `${job.modelName}${model?.isAvailable === false ? ", off sale" : ""}`],
      ["provider", `${job.provider} ${job.providerModelId}`],
      ["their id", job.providerJobId ?? toned("none: no provider is known to have it", "quiet")],
      ["asked", job.providerCheckedAt && showMoment(job.providerCheckedAt, zone)],
      ["cost", costWords(job)],
      ["error", [job.errorCode, job.errorReason].filter((word) => word !== null).join(" ") || null],
      ["their words", job.errorMessage],
      ["video", job.videoUrl],
      ["thumbnail", job.thumbnailUrl],
      ["key", keyWords(story)],
      ["kept until", key && showMoment(key.expiresAt, zone)],
      ["retry of", retryOf(job)],
      ["retried as", retriedAs],
    ]),
    line(),
    columnsTable<JobEvent>(
      [
        timeColumn("time", ({ at }) => at, events, zone),
        // Nowhere else is it whole, so it is not cut.
        { head: "what", cell: ({ what }) => what },
      ],
      events,
      look.width,
    ),
    ...promptBlock(job),
    line(),
    ...nextSteps(story, now, look).map((step) => line(toned(step, "quiet"))),
  ];
}

function stateOf(job: WholeJob, now: Date): Text {
  if (job.completedAt !== null || !["pending", "processing"].includes(job.status)) return statusText(job);
  const seconds = Math.max(1, Math.floor((now.getTime() - Date.parse(job.createdAt)) / 1000));
  return toned(`${job.status} for ${waited(seconds)}`, "warning");
}

function costWords({ creditsUsed, creditsRefunded }: WholeJob): string {
  if (creditsRefunded === 0) return credits(creditsUsed);
  return creditsRefunded === creditsUsed
    ? `${credits(creditsUsed)}, all given back`
    : `${credits(creditsUsed)}, ${creditsRefunded} of them given back`;
}

function keyWords({ job, key }: JobStory): string | null {
  if (job.idempotencyKey === null) return null;
  if (key === null) return `${job.idempotencyKey} (expired)`;
  return `${job.idempotencyKey} (${key.statusCode === null ? "not answered yet" : `answered ${key.statusCode}`})`;
}

/** The job that this one is a retry of. */
function retryOf({ idempotencyKey }: WholeJob): string | null {
  return /^retry:([0-9a-f-]{36})$/.exec(idempotencyKey ?? "")?.[1] ?? null;
}

function promptBlock({ prompt, settings, purgedAt }: WholeJob): Block[] {
  const set = typeof settings === "object" && settings !== null && Object.keys(settings).length > 0;
  if (purgedAt !== null) return [];
  return [
    line(),
    line(toned("prompt", "quiet")),
    ...(prompt ?? "").split(/\r?\n/).map((text) => line(`  ${text}`)),
    ...(set
      ? [line(toned("settings", "quiet")), ...jsonLines(settings).map((text) => line(`  ${text}`))]
      : []),
  ];
}

/** The same as JSON data. */
export function showData(story: JobStory): Record<string, unknown> {
  const { job, user, model, key } = story;
  return {
    ...jobRow(job),
    settings: job.settings,
    video_url: job.videoUrl,
    thumbnail_url: job.thumbnailUrl,
    idempotency_key: job.idempotencyKey,
    refunded_unfinished_at: job.refundedUnfinishedAt,
    provider_checked_at: job.providerCheckedAt,
    user: {
      is_guest: user.isGuest,
      credits_remaining: user.creditsRemaining,
      banned_at: user.bannedAt,
      handed_over_to: user.handedOverTo,
    },
    model: model && { is_available: model.isAvailable, cost_per_generation: model.costPerGeneration },
    ledger: story.ledger.map((entry) => ({
      id: entry.id,
      created_at: entry.createdAt,
      user_id: entry.userId,
      change: entry.change,
      balance_after: entry.balanceAfter,
      reason: entry.reason,
      admin_action_id: entry.adminActionId,
    })),
    actions: story.actions.map((action) => ({
      id: action.id,
      created_at: action.createdAt,
      action_type: action.actionType,
      admin_user_id: action.adminUserId,
      admin_email: action.adminEmail,
      amount: action.amount,
      reason: action.reason,
      ticket: action.ticket,
      undone_by: action.undoneBy,
    })),
    key: key && { created_at: key.createdAt, expires_at: key.expiresAt, status_code: key.statusCode },
    retry_of: retryOf(job),
    retried_as: story.retriedAs,
  };
}
