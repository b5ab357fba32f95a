import type { SettledGeneration, Settling } from "./settle-generation.ts";

/** Which jobs to look at. */
export interface Sweeping extends Settling {
  /** Jobs that began longer ago, in seconds; a submit takes up to 70. Default 120. */
  readonly olderThanSeconds?: number | undefined;
  /** After how long a job that no provider is known to have is failed and refunded, in seconds from 120. Default 900. */
  readonly giveUpAfterSeconds?: number | undefined;
  /** Jobs at most, 1 to 1000. Default 100; those that were not asked about for longest come first. */
  readonly limit?: number | undefined;
}

/** What became of one job. */
export type SweptGeneration =
  | SettledGeneration
  /** It could not be told; it is asked again by the next sweep. */
  | { outcome: "error"; jobId: string; userId: string; error: unknown };

/**
 * Looks after the jobs that nobody waits for any more: asks the provider about each that runs, looks for lost submits, and fails
 * and refunds what no provider has. To be run each minute; several at once do no harm.
 *
 * @param sweeping database, providers and store; which jobs
 * @returns what became of each
 * @throws VidopsError when the jobs cannot be read
 * @example
 * ```ts
 * const swept = await sweepGenerations({ db, providers: { fal }, store });
 * ```
 */
export async function sweepGenerations(_sweeping: Sweeping): Promise<SweptGeneration[]> {
  throw new Error("not yet");
}
