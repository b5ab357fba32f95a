import { requireCount } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { logEvent, logSafely } from "../logging/index.ts";
import { unfinishedJobs } from "./find-job.ts";
import { getGeneration } from "./get-generation.ts";
import { lookUpGeneration } from "./look-up-generation.ts";
import {
  type SettledGeneration,
  type Settling,
  type SweepableJob,
  settleFailure,
  settleGeneration,
} from "./settle-generation.ts";

/** When a job is given up. */
export interface SweepingOne extends Settling {
  /** After how long a job that no provider is known to have is failed and refunded, in seconds from 120. Default 900. */
  readonly giveUpAfterSeconds?: number | undefined;
  /**
   * After how long a job that still has no end is failed and refunded, whatever is said of it, in seconds from 3600. Default 86 400. A
   * video that comes after all is delivered free.
   */
  readonly expireAfterSeconds?: number | undefined;
  /** The time of day in ms since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** Which jobs to look at. */
export interface Sweeping extends SweepingOne {
  /** Jobs that began longer ago, in seconds; a submit takes up to 70. Default 120. */
  readonly olderThanSeconds?: number | undefined;
  /** Jobs at most, 1 to 1000. Default 100; those that were not asked about for longest come first. */
  readonly limit?: number | undefined;
  /** Jobs at once, 1 to 20. Default 4: a video that is copied takes seconds. */
  readonly concurrency?: number | undefined;
  /** Is told of each job when it is done. */
  readonly onProgress?: ((swept: SweptGeneration) => void) | undefined;
}

/** What became of one job. */
export type SweptGeneration =
  | SettledGeneration
  /** It could not be told; the next sweep asks again. */
  | { outcome: "error"; jobId: string; userId: string; error: unknown };

/** Whoever asked within this time has the answer, in ms. */
const asksAfterMs = 5_000;

/**
 * Looks after the jobs that nobody waits for any more: asks the provider about each that runs, looks for lost submits, and fails
 * and refunds what no provider has. To be run each minute; several at once do no harm, and share the questions.
 *
 * @param sweeping database, providers and store; which jobs
 * @returns what became of each; after an abort of the signal, of those that were begun
 * @throws VidopsError ERR_4008 bad input · when the jobs cannot be read
 * @example
 * ```ts
 * const swept = await sweepGenerations({ db, providers: { fal }, store });
 * const failed = swept.filter(({ outcome }) => outcome === "failed");
 * ```
 */
export async function sweepGenerations(sweeping: Sweeping): Promise<SweptGeneration[]> {
  const { db, signal, now = Date.now, onProgress, log = logEvent } = sweeping;
  const olderThan = requireCount("olderThanSeconds", sweeping.olderThanSeconds ?? 120, "seconds");
  const limit = requireCount("limit", sweeping.limit ?? 100, "jobs", 1_000);
  const concurrency = requireCount("concurrency", sweeping.concurrency ?? 4, "jobs", 20);
  requireGiveUp(sweeping.giveUpAfterSeconds);
  requireExpiry(sweeping.expireAfterSeconds);
  const before = new Date(now() - olderThan * 1_000);
  const jobs = await unfinishedJobs(db, { before, limit, signal });
  const swept: SweptGeneration[] = [];
  const queue = jobs.values();
  const work = async (): Promise<void> => {
    // All workers take from the one iterator.
    for (const job of queue) {
      if (signal?.aborted) return;
      const outcome = await claimed(job, sweeping);
      if (outcome.outcome === "error")
        logSafely(log, "generation_not_settled", { job_id: job.jobId, error: outcome.error }, "warn");
      swept.push(outcome);
      onProgress?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return swept;
}

/** Who runs beside this one, or waits for the job, may be asking just now. */
async function claimed(job: SweepableJob, sweeping: Sweeping): Promise<SweptGeneration> {
  const { jobId, userId, providerJobId } = job;
  if (providerJobId !== null && sweeping.providers[job.provider] !== undefined) {
    try {
      const query = { userId, jobId, checkAfterMs: asksAfterMs, signal: sweeping.signal };
      const { askProvider } = await getGeneration(sweeping.db, query);
      if (!askProvider) return { outcome: "unknown", jobId, userId, reason: "asked_by_another" };
    } catch (error) {
      return { outcome: "error", jobId, userId, error };
    }
  }
  return await sweepGeneration(job, sweeping);
}

/**
 * Looks after one job: asks its provider; or, where no provider is known to have it, looks for it there, and fails and refunds it
 * once it is old enough.
 *
 * @param job the job as it was read
 * @param sweeping database, providers and store
 * @returns what became of it; what could not be told is returned as `error`
 * @throws ValidationError ERR_4008 for a time that cannot be meant
 * @example
 * ```ts
 * const { outcome } = await sweepGeneration(job, { db, providers: { fal }, store });
 * ```
 */
export async function sweepGeneration(job: SweepableJob, sweeping: SweepingOne): Promise<SweptGeneration> {
  const expireAfter = requireExpiry(sweeping.expireAfterSeconds);
  const swept = await settledOrGivenUp(job, sweeping, requireGiveUp(sweeping.giveUpAfterSeconds));
  if (swept.outcome === "completed" || swept.outcome === "failed") return swept;
  const age = ageOf(job, sweeping);
  if (age < expireAfter) return swept;
  try {
    return await settleFailure(sweeping.db, job, {
      code: "ERR_5001",
      reason: "generation_expired",
      message: `The job had no end after ${Math.round(age)} s (${swept.outcome}).`,
    });
  } catch (error) {
    return { ...swept, outcome: "error", error };
  }
}

async function settledOrGivenUp(
  job: SweepableJob,
  sweeping: SweepingOne,
  giveUpAfter: number,
): Promise<SweptGeneration> {
  const { jobId, userId } = job;
  try {
    if (job.providerJobId !== null || job.status !== "pending") return await settleGeneration(job, sweeping);
    if (sweeping.providers[job.provider] === undefined)
      return { outcome: "unknown", jobId, userId, reason: "provider_not_configured" };
    const found = await lookUpGeneration(job, sweeping);
    if (found !== null) return await settleGeneration({ ...job, ...found }, sweeping);
    const age = ageOf(job, sweeping);
    if (age < giveUpAfter) return { outcome: "unknown", jobId, userId, reason: "no_provider_job" };
    return await settleFailure(sweeping.db, job, {
      code: "ERR_5002",
      reason: "submit_lost",
      message: `No provider is known to have the job after ${Math.round(age)} s.`,
    });
  } catch (error) {
    return { outcome: "error", jobId, userId, error };
  }
}

/** In seconds. */
function ageOf({ createdAt }: SweepableJob, { now = Date.now }: SweepingOne): number {
  return (now() - Date.parse(createdAt)) / 1_000;
}

/** Providers take some minutes, and an hour where they are overloaded. */
function requireExpiry(seconds: number = 86_400): number {
  const given = requireCount("expireAfterSeconds", seconds, "seconds");
  if (given >= 3_600) return given;
  throw validationError("expireAfterSeconds", "is less than 3600");
}

/** A request that submits the job takes up to 70 s; a refund before it has given up would be one for a job that runs. */
function requireGiveUp(seconds: number = 900): number {
  const given = requireCount("giveUpAfterSeconds", seconds, "seconds");
  if (given >= 120) return given;
  throw validationError("giveUpAfterSeconds", "is less than 120");
}
