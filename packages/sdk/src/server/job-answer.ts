import { catalogue, type ErrorCode, formatMessage } from "@vidops/core/errors";
import { type Generation, type VideoStore, videoAddress } from "@vidops/core/jobs";

/** A generation as its user sees it. */
export interface JobAnswer {
  readonly job_id: string;
  readonly model_id: string;
  readonly model_name: string;
  readonly prompt: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly status: Generation["status"];
  /** Works for an hour where videos are kept in a bucket. */
  readonly video_url: string | null;
  readonly thumbnail_url: string | null;
  readonly credits_used: number;
  readonly credits_refunded: number;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** The video came after the failure was refunded. */
  readonly delivered_free: boolean;
  readonly created_at: string;
  readonly completed_at: string | null;
}

/** How long a URL of a video works, in seconds. */
const urlSeconds = 3_600;

/**
 * Writes a generation for its user: nothing of the provider, its words and its ids among it.
 *
 * @param job as core read it
 * @param about where videos are kept, and the user's language
 * @returns the fields of the answer
 * @throws VidopsError ERR_6002 when the store makes no URL
 */
export async function jobAnswer(
  job: Generation,
  { store, language }: { readonly store: VideoStore | null; readonly language: string | null },
): Promise<JobAnswer> {
  return {
    job_id: job.jobId,
    model_id: job.modelId,
    model_name: job.modelName,
    prompt: job.prompt,
    settings: job.settings,
    status: job.status,
    video_url: await videoAddress(store, job.videoUrl, urlSeconds),
    thumbnail_url: await videoAddress(store, job.thumbnailUrl, urlSeconds),
    credits_used: job.creditsUsed,
    credits_refunded: job.creditsRefunded,
    error: job.errorCode === null ? null : failure(job.errorCode, language),
    delivered_free: job.deliveredLateAt !== null,
    created_at: job.createdAt,
    completed_at: job.completedAt,
  };
}

function failure(code: ErrorCode, language: string | null): JobAnswer["error"] {
  // What a message needs beside its code was not stored.
  const plain = Object.keys(catalogue[code].variables).length === 0;
  return { code, message: formatMessage((plain ? code : "ERR_5002") as "ERR_5002", language) };
}
