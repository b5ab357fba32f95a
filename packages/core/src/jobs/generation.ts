import * as z from "zod/mini";
import { isoTime } from "../database/index.ts";
import { type ErrorCode, isErrorCode } from "../errors/index.ts";
import type { ProviderName } from "../providers/index.ts";

/** How a generation stands: pending → processing | failed, processing → completed | failed, nothing else. */
export type GenerationStatus = "pending" | "processing" | "completed" | "failed";

/** One generation: a row of `video_jobs` with its model. */
export interface Generation {
  jobId: string;
  userId: string;
  modelId: string;
  modelName: string;
  provider: ProviderName;
  /** What the provider calls the model. */
  providerModelId: string;
  /** The provider's id of the job; null until the provider took it. */
  providerJobId: string | null;
  /** Null once a deleted job was purged; so are `videoUrl` and `thumbnailUrl`, and `settings` are empty. */
  prompt: string | null;
  /** As they were ordered, by the provider's names; the image that the video starts from is `image_url`. */
  settings: Record<string, unknown>;
  status: GenerationStatus;
  /** The path in the store, or the provider's URL where there is no store: `videoAddresses` makes a URL of either. */
  videoUrl: string | null;
  thumbnailUrl: string | null;
  creditsUsed: number;
  creditsRefunded: number;
  /** Why it failed, for the user; null unless it did. */
  errorCode: ErrorCode | null;
  /** The same as a machine name, e.g. `"content_policy"`. */
  errorReason: string | null;
  /** When a video came after the failure was refunded, so that it was free; null otherwise. ISO 8601 UTC, as all times here. */
  deliveredLateAt: string | null;
  createdAt: string;
  completedAt: string | null;
  deletedAt: string | null;
}

/** The fields of {@link Generation} as SQL sends them. */
export interface GenerationRow {
  job_id: string;
  user_id: string;
  model_id: string;
  model_name: string;
  provider: ProviderName;
  provider_model_id: string;
  provider_job_id: string | null;
  prompt: string | null;
  settings: Record<string, unknown> | null;
  status: GenerationStatus;
  video_url: string | null;
  thumbnail_url: string | null;
  credits_used: number;
  credits_refunded: number;
  error_code: string | null;
  error_reason: string | null;
  delivered_late_at: string | null;
  created_at: string;
  completed_at: string | null;
  deleted_at: string | null;
}

const text = z.string();
const nullableText = z.nullable(text);

/** All states. */
export const generationStatuses: readonly GenerationStatus[] = [
  "pending",
  "processing",
  "completed",
  "failed",
];

/** Checks a state that SQL sends. */
export const generationStatus: z.ZodMiniType<GenerationStatus> = z.enum([
  "pending",
  "processing",
  "completed",
  "failed",
]);

/** Checks a row. */
export const generationRow: z.ZodMiniType<GenerationRow> = z.object({
  job_id: text,
  user_id: text,
  model_id: text,
  model_name: text,
  provider: z.enum(["fal", "runway", "pika"]),
  provider_model_id: text,
  provider_job_id: nullableText,
  prompt: nullableText,
  settings: z.nullable(z.record(z.string(), z.unknown())),
  status: generationStatus,
  video_url: nullableText,
  thumbnail_url: nullableText,
  credits_used: z.int(),
  credits_refunded: z.int(),
  error_code: nullableText,
  error_reason: nullableText,
  delivered_late_at: nullableText,
  created_at: text,
  completed_at: nullableText,
  deleted_at: nullableText,
});

/** Names a row's fields as TypeScript does. */
export function toGeneration(row: GenerationRow): Generation {
  const time = (value: string | null): string | null => (value === null ? null : isoTime(value));
  return {
    jobId: row.job_id,
    userId: row.user_id,
    modelId: row.model_id,
    modelName: row.model_name,
    provider: row.provider,
    providerModelId: row.provider_model_id,
    providerJobId: row.provider_job_id,
    prompt: row.prompt,
    settings: row.settings ?? {},
    status: row.status,
    videoUrl: row.video_url,
    thumbnailUrl: row.thumbnail_url,
    creditsUsed: row.credits_used,
    creditsRefunded: row.credits_refunded,
    errorCode: isErrorCode(row.error_code) ? row.error_code : null,
    errorReason: row.error_reason,
    deliveredLateAt: time(row.delivered_late_at),
    createdAt: isoTime(row.created_at),
    completedAt: time(row.completed_at),
    deletedAt: time(row.deleted_at),
  };
}
