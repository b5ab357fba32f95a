import { catalogue, type ErrorCode, formatMessage, negotiateLanguage } from "@vidops/core/errors";
import { type Generation, type VideoStore, videoAddresses } from "@vidops/core/jobs";
import { type Logger, logEvent, logSafely } from "@vidops/core/logging";

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

/**
 * Writes generations for their user: nothing of the provider, its words and its ids among it.
 *
 * @param jobs as core read them
 * @param about where videos are kept, the language of the user's profile, and the request, whose Accept-Language counts without one
 * @returns the fields of the answer, in the same order; without URLs, and with a line in the log, when the store does not answer
 */
export async function jobAnswers(
  jobs: readonly Generation[],
  about: {
    readonly store: VideoStore | null;
    readonly language: string | null;
    readonly request: Request;
    readonly log: Logger | undefined;
  },
): Promise<JobAnswer[]> {
  const language = about.language ?? negotiateLanguage(about.request.headers.get("accept-language"));
  const addresses = jobs.flatMap(({ videoUrl, thumbnailUrl }) => [videoUrl, thumbnailUrl]);
  const urls = await videoAddresses(about.store, addresses).catch((error: unknown) => {
    // A history without pictures is better than none, and a job that failed has none anyway.
    logSafely(about.log ?? logEvent, "videos_not_signed", { jobs: jobs.length, error }, "error");
    return [];
  });
  return jobs.map((job, at) => ({
    job_id: job.jobId,
    model_id: job.modelId,
    model_name: job.modelName,
    prompt: job.prompt,
    settings: job.settings,
    status: job.status,
    video_url: urls[2 * at] ?? null,
    thumbnail_url: urls[2 * at + 1] ?? null,
    credits_used: job.creditsUsed,
    credits_refunded: job.creditsRefunded,
    error: job.errorCode === null ? null : failure(job.errorCode, language),
    delivered_free: job.deliveredLateAt !== null,
    created_at: job.createdAt,
    completed_at: job.completedAt,
  }));
}

function failure(code: ErrorCode, language: string): JobAnswer["error"] {
  // What a message needs beside its code was not stored.
  const plain = Object.keys(catalogue[code].variables).length === 0;
  return { code, message: formatMessage((plain ? code : "ERR_5002") as "ERR_5002", language) };
}
