import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { requireProviderJobId } from "./attach-generation.ts";

/** A video that arrived. */
export interface GenerationDelivery {
  jobId: string;
  /** The path in the store, or a URL: 1 to 4000 characters. */
  videoUrl: string;
  thumbnailUrl?: string | null;
  /** The provider's id; compared with the one that is noted, or noted where there is none. */
  providerJobId?: string | null;
  signal?: AbortSignal | undefined;
}

/** How the job stands after it. */
export interface GenerationCompleted {
  jobId: string;
  userId: string;
  /** `failed` for a job whose video came late. */
  status: "completed" | "failed";
  /** False when a video was delivered before; nothing was overwritten. */
  changed: boolean;
  /** True when the job had failed and was refunded: the video is free, and ops see it. */
  late: boolean;
}

const answer = z.object({
  success: z.literal(true),
  job_id: z.string(),
  user_id: z.string(),
  status: z.enum(["completed", "failed"]),
  changed: z.boolean(),
  late: z.boolean(),
});

/**
 * Delivers a job's video. Repeating it changes nothing; after a failure that was refunded the video is delivered free, once.
 *
 * @param db a client with a secret key
 * @param delivery the job and its video
 * @returns how the job stands
 * @throws VidopsError ERR_4007 job_not_found · ERR_4008 bad input · ERR_4009 provider_job_mismatch · ERR_6006 the answer was lost:
 *   repeat it
 * @example
 * ```ts
 * await completeGeneration(db, { jobId, videoUrl: `${userId}/${jobId}.mp4` });
 * ```
 */
export async function completeGeneration(
  db: DatabaseClient,
  delivery: GenerationDelivery,
): Promise<GenerationCompleted> {
  const { thumbnailUrl, providerJobId } = delivery;
  const row = await rpc(
    db,
    "complete_generation",
    {
      p_job_id: requireUuid("jobId", delivery.jobId),
      p_video_url: requireAddress("videoUrl", delivery.videoUrl),
      p_thumbnail_url: thumbnailUrl == null ? undefined : requireAddress("thumbnailUrl", thumbnailUrl),
      p_provider_job_id: providerJobId == null ? undefined : requireProviderJobId(providerJobId),
    },
    answer,
    { effect: "write", signal: delivery.signal },
  );
  return {
    jobId: row.job_id,
    userId: row.user_id,
    status: row.status,
    changed: row.changed,
    late: row.late,
  };
}

function requireAddress(field: string, address: unknown): string {
  if (
    typeof address === "string" &&
    address.trim() !== "" &&
    address.length <= 4_000 &&
    !address.includes("\0") &&
    address.isWellFormed()
  )
    return address;
  throw validationError(field, "is malformed", "Give a path or a URL of at most 4000 characters.");
}
