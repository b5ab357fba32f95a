import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";
import { type ErrorCode, isErrorCode } from "../errors/index.ts";
import type { ProviderName } from "../providers/index.ts";
import { type GenerationStatus, generationStatus } from "./generation.ts";

/** A job as operators see it in lists. */
export interface OperatorJob {
  jobId: string;
  /** ISO 8601, UTC. */
  createdAt: string;
  /** When it ended, in either way. */
  completedAt: string | null;
  status: GenerationStatus;
  userId: string;
  email: string | null;
  modelId: string;
  modelName: string;
  provider: ProviderName;
  /** The provider's name of the model. */
  providerModelId: string;
  /** The provider's id of the job; null until it took it. */
  providerJobId: string | null;
  /** In lists its first 500 characters; empty once the job was emptied. */
  prompt: string | null;
  creditsUsed: number;
  creditsRefunded: number;
  /** What the user was told, as a code. */
  errorCode: ErrorCode | null;
  errorReason: string | null;
  /** What is kept for operators; in lists its first 500 characters. */
  errorMessage: string | null;
  /** Whether the video came after the charge was given back: somebody has it for nothing. */
  deliveredFree: boolean;
  /** When the video came, if that was after the job had failed. */
  deliveredLateAt: string | null;
  /** When its user deleted it. */
  deletedAt: string | null;
  /** When its row was emptied and its files removed. */
  purgedAt: string | null;
}

/** A job whole. */
export interface WholeJob extends OperatorJob {
  settings: Record<string, unknown>;
  /** The place of the video in its bucket, or its URL at the provider where nothing is stored. */
  videoUrl: string | null;
  thumbnailUrl: string | null;
  idempotencyKey: string | null;
  /** When credits were given back while it was not completed. */
  refundedUnfinishedAt: string | null;
  /** When the provider was last asked about it. */
  providerCheckedAt: string | null;
}

const text = z.nullable(z.string());

const listedFields = {
  ...{ job_id: z.string(), created_at: z.string(), completed_at: text, status: generationStatus },
  ...{ user_id: z.string(), email: text, model_id: z.string(), model_name: z.string() },
  provider: z.enum(["fal", "runway", "pika"]),
  ...{ provider_model_id: z.string(), provider_job_id: text, prompt: text },
  ...{ credits_used: z.int(), credits_refunded: z.int() },
  ...{ error_code: text, error_reason: text, error_message: text },
  ...{ delivered_free: z.boolean(), delivered_late_at: text, deleted_at: text, purged_at: text },
};

/** What SQL says of a job in lists. */
export interface OperatorJobRow {
  job_id: string;
  created_at: string;
  completed_at: string | null;
  status: GenerationStatus;
  user_id: string;
  email: string | null;
  model_id: string;
  model_name: string;
  provider: ProviderName;
  provider_model_id: string;
  provider_job_id: string | null;
  prompt: string | null;
  credits_used: number;
  credits_refunded: number;
  error_code: string | null;
  error_reason: string | null;
  error_message: string | null;
  delivered_free: boolean;
  delivered_late_at: string | null;
  deleted_at: string | null;
  purged_at: string | null;
}

/** What SQL says of a whole job. */
export interface WholeJobRow extends OperatorJobRow {
  settings: Record<string, unknown> | null;
  video_url: string | null;
  thumbnail_url: string | null;
  idempotency_key: string | null;
  refunded_unfinished_at: string | null;
  provider_checked_at: string | null;
}

export const operatorJobRow: z.ZodMiniType<OperatorJobRow> = z.object(listedFields);
export const wholeJobRow: z.ZodMiniType<WholeJobRow> = z.object({
  ...listedFields,
  settings: z.nullable(z.record(z.string(), z.unknown())),
  ...{ video_url: text, thumbnail_url: text, idempotency_key: text },
  ...{ refunded_unfinished_at: text, provider_checked_at: text },
});

/** Names a row's fields as TypeScript does. */
export function toOperatorJob(row: OperatorJobRow): OperatorJob {
  return {
    jobId: row.job_id,
    createdAt: isoTime(row.created_at),
    completedAt: timeOrNull(row.completed_at),
    status: row.status,
    userId: row.user_id,
    email: row.email,
    modelId: row.model_id,
    modelName: row.model_name,
    provider: row.provider,
    providerModelId: row.provider_model_id,
    providerJobId: row.provider_job_id,
    prompt: row.prompt,
    creditsUsed: row.credits_used,
    creditsRefunded: row.credits_refunded,
    errorCode: isErrorCode(row.error_code) ? row.error_code : null,
    errorReason: row.error_reason,
    errorMessage: row.error_message,
    deliveredFree: row.delivered_free,
    deliveredLateAt: timeOrNull(row.delivered_late_at),
    deletedAt: timeOrNull(row.deleted_at),
    purgedAt: timeOrNull(row.purged_at),
  };
}

/** The same of a whole job. */
export function toWholeJob(row: WholeJobRow): WholeJob {
  return {
    ...toOperatorJob(row),
    settings: row.settings ?? {},
    videoUrl: row.video_url,
    thumbnailUrl: row.thumbnail_url,
    idempotencyKey: row.idempotency_key,
    refundedUnfinishedAt: timeOrNull(row.refunded_unfinished_at),
    providerCheckedAt: timeOrNull(row.provider_checked_at),
  };
}

/** A time of the database as ISO 8601. */
export function timeOrNull(text: string | null): string | null {
  return text === null ? null : isoTime(text);
}
