import type { DatabaseClient } from "../database/index.ts";
import { type ErrorCode, isVidopsError } from "../errors/index.ts";
import type { Logger } from "../logging/index.ts";
import type { ProviderJobState } from "../providers/index.ts";
import { completeGeneration } from "./complete-generation.ts";
import { failGeneration } from "./fail-generation.ts";
import type { Generation } from "./generation.ts";
import { failureOf, type StoredFailure } from "./generation-failure.ts";
import { providerJob, type VideoProviders } from "./provider-call.ts";
import type { VideoStore } from "./video-store.ts";

/** What settling a job needs. */
export interface Settling {
  /** A client with a secret key. */
  readonly db: DatabaseClient;
  readonly providers: VideoProviders;
  /** Where videos are kept. Null: the provider's URL is stored, for as long as it works. */
  readonly store: VideoStore | null;
  /** Takes one line for what operators should know. Default: `logEvent`. */
  readonly log?: Logger | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The job that is settled, as far as settling needs it. A `Generation` is one. */
export type SettleableJob = Pick<
  Generation,
  | "jobId"
  | "userId"
  | "status"
  | "provider"
  | "providerModelId"
  | "providerJobId"
  | "errorCode"
  | "errorReason"
  | "deliveredLateAt"
  | "createdAt"
  | "deletedAt"
>;

/** The job that is looked after, as far as that needs it. A `Generation` is one. */
export type SweepableJob = SettleableJob & Pick<Generation, "modelId" | "prompt" | "settings" | "createdAt">;

interface Settled {
  jobId: string;
  userId: string;
}

/** How a job stands after it was settled. */
export type SettledGeneration =
  /** It has its video; `late`: it had failed before, was refunded, and its state stays `failed`. */
  | (Settled & { outcome: "completed"; changed: boolean; late: boolean })
  /** It failed, and its credits are back. */
  | (Settled & {
      outcome: "failed";
      changed: boolean;
      creditsRefunded: number;
      code: ErrorCode;
      reason: string;
    })
  /** The provider is at it. `progress` is 0 to 1, `position` how many are before it; null when not told. */
  | (Settled & { outcome: "running"; progress: number | null; position: number | null })
  /**
   * Nothing is known and nothing was done: `no_provider_job` (it is just being submitted, or that got lost),
   * `provider_not_configured`, `asked_by_another` (a sweep or a poll), `deleted` (its user did, so a video would be nobody's).
   */
  | (Settled & { outcome: "unknown"; reason: string });

/**
 * Asks the provider how a job stands and does what follows: copies the video and completes the job, or fails and refunds it. It
 * may be called by many at once and again: what was done is not done twice.
 *
 * @param job the job as it was read
 * @param settling database, providers and store
 * @returns how it stands
 * @throws whatever proves nothing about the job, which stays as it is, to be asked again later: ProviderError ERR_5001, ERR_5002,
 *   ERR_5003 · VidopsError ERR_6002 of the store · ERR_6005, ERR_6006 of the database
 * @example
 * ```ts
 * const { outcome } = await settleGeneration(job, { db, providers: { fal }, store });
 * ```
 */
export async function settleGeneration(job: SettleableJob, settling: Settling): Promise<SettledGeneration> {
  const ended = endedBefore(job);
  if (ended !== null) return ended;
  const { jobId, userId, providerJobId } = job;
  if (providerJobId === null) {
    if (job.status === "failed") return failedBefore(job);
    return { outcome: "unknown", jobId, userId, reason: "no_provider_job" };
  }
  const provider = settling.providers[job.provider];
  if (provider === undefined) return { outcome: "unknown", jobId, userId, reason: "provider_not_configured" };
  const state = await provider.status(providerJob(job, providerJobId), { signal: settling.signal });
  return await settleState(job, providerJobId, state, settling);
}

/** What follows from a state that the provider told. */
export async function settleState(
  job: SettleableJob,
  providerJobId: string,
  state: ProviderJobState,
  { db, store, signal }: Settling,
): Promise<SettledGeneration> {
  const { jobId, userId } = job;
  switch (state.status) {
    case "queued":
      return { outcome: "running", jobId, userId, progress: null, position: state.position };
    case "processing":
      return { outcome: "running", jobId, userId, progress: state.progress, position: null };
    case "completed": {
      const { videoUrl: url } = state;
      let videoUrl = url;
      try {
        // Before the job says that it has one: a copy that fails leaves the job as it is, as long as another may succeed.
        if (store !== null) videoUrl = await store.save({ userId, jobId, url, signal });
      } catch (error) {
        const lost = lostVideo(error, job);
        if (lost === null) throw error;
        return await settleFailure(db, job, lost);
      }
      const { changed, late } = await completeGeneration(db, { jobId, videoUrl, providerJobId });
      return { outcome: "completed", jobId, userId, changed, late };
    }
    default:
      return await settleFailure(db, job, failureOf(state));
  }
}

/** For how long a video that is not at its address may still come there, in ms. */
const lateMs = 3_600_000;

/** Why a video will never be had; null where it may be. It would be fetched again by each poll and sweep, and never paid back. */
function lostVideo(error: unknown, { createdAt }: SettleableJob): StoredFailure | null {
  if (!isVidopsError(error) || error.code !== "ERR_5002") return null;
  const { reason, message, details } = error;
  const failure: StoredFailure = { code: "ERR_5002", reason, message };
  if (reason === "video_too_large" || reason === "not_a_video") return failure;
  const gone = reason === "video_unavailable" && [403, 404, 410].includes(Number(details?.status));
  const old = Date.now() - Date.parse(createdAt) > lateMs;
  return old && (gone || reason === "video_url_refused") ? failure : null;
}

/** Fails and refunds a job; one that was completed meanwhile keeps its video. */
export async function settleFailure(
  db: DatabaseClient,
  { jobId, userId }: Pick<SettleableJob, "jobId" | "userId">,
  failure: { code: ErrorCode; reason: string; message: string },
): Promise<SettledGeneration> {
  const { code, reason, message } = failure;
  try {
    const { changed, creditsRefunded } = await failGeneration(db, { jobId, code, reason, message });
    return { outcome: "failed", jobId, userId, changed, creditsRefunded, code, reason };
  } catch (error) {
    if (!isVidopsError(error) || error.reason !== "job_completed") throw error;
    return { outcome: "completed", jobId, userId, changed: false, late: false };
  }
}

/** What needs no question: a video that is there stays, whatever is said of the job afterwards. */
export function endedBefore(job: SettleableJob): SettledGeneration | null {
  const { jobId, userId, status, deliveredLateAt, deletedAt } = job;
  const late = deliveredLateAt !== null;
  if (status === "completed" || late) return { outcome: "completed", jobId, userId, changed: false, late };
  return deletedAt === null ? null : { outcome: "unknown", jobId, userId, reason: "deleted" };
}

function failedBefore({ jobId, userId, errorCode, errorReason }: SettleableJob): SettledGeneration {
  return {
    ...{ outcome: "failed", jobId, userId, changed: false, creditsRefunded: 0 },
    code: errorCode ?? "ERR_5002",
    reason: errorReason ?? "generation_failed",
  };
}
