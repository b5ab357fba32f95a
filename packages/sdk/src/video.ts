import { objectOf } from "./answer-error.ts";

/** `completed` and `failed` are final. */
export type VideoStatus = "pending" | "processing" | "completed" | "failed";

/** Why a video was not made. */
export interface VideoError {
  readonly code: string;
  /** In the user's language. */
  readonly message: string;
}

/** A video that was ordered. */
export interface Video {
  readonly jobId: string;
  readonly modelId: string;
  readonly modelName: string | null;
  readonly prompt: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly status: VideoStatus;
  /** Where it can be loaded for about an hour; ask again for a new address. */
  readonly videoUrl: string | null;
  readonly thumbnailUrl: string | null;
  readonly creditsUsed: number;
  readonly creditsRefunded: number;
  readonly error: VideoError | null;
  /** True when it came after its credits had been given back: it is the user's for nothing. */
  readonly deliveredFree: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly completedAt: string | null;
}

/** Takes a video from an answer. */
export function videoOf(value: unknown): Video {
  const row = objectOf(value) ?? {};
  const error = objectOf(row.error);
  return {
    jobId: String(row.job_id),
    modelId: String(row.model_id),
    modelName: (row.model_name ?? null) as string | null,
    prompt: String(row.prompt ?? ""),
    settings: objectOf(row.settings) ?? {},
    status: row.status as VideoStatus,
    videoUrl: (row.video_url ?? null) as string | null,
    thumbnailUrl: (row.thumbnail_url ?? null) as string | null,
    creditsUsed: Number(row.credits_used),
    creditsRefunded: Number(row.credits_refunded ?? 0),
    error: error && { code: String(error.code), message: String(error.message) },
    deliveredFree: row.delivered_free === true,
    createdAt: String(row.created_at),
    completedAt: (row.completed_at ?? null) as string | null,
  };
}
