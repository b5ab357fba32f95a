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
  /** Null when the video was deleted for good. */
  readonly prompt: string | null;
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
