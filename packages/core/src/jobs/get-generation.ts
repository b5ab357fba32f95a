import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type Generation, generationRow, toGeneration } from "./generation.ts";

/** Which generation to read. */
export interface GenerationQuery {
  userId: string;
  jobId: string;
  /**
   * Also claim the question to the provider, which one caller in so many ms gets; 0 to 86 400 000. Default: nothing is claimed, and
   * nothing is written.
   */
  checkAfterMs?: number | null;
  signal?: AbortSignal | undefined;
}

/** A generation, and whether the caller is to ask the provider. */
export interface GenerationRead {
  job: Generation;
  /** True for one caller at a time: call `settleGeneration`. */
  askProvider: boolean;
  /** The language of the user's profile; null without one. */
  language: string | null;
}

const answer = z.object({
  success: z.literal(true),
  job: generationRow,
  ask_provider: z.boolean(),
  language: z.nullable(z.string()),
});

/**
 * Reads one generation of a user.
 *
 * @param db a client with a secret key
 * @param query the user and the job
 * @returns the generation as the database knows it
 * @throws VidopsError ERR_4007 job_not_found, also for another user's and a deleted one · ERR_4008 bad input
 * @example
 * ```ts
 * const { job, askProvider } = await getGeneration(db, { userId, jobId, checkAfterMs: 2_000 });
 * if (askProvider) await settleGeneration(job, { db, providers, store });
 * ```
 */
export async function getGeneration(db: DatabaseClient, query: GenerationQuery): Promise<GenerationRead> {
  const { checkAfterMs, signal } = query;
  if (
    checkAfterMs != null &&
    !(Number.isInteger(checkAfterMs) && checkAfterMs >= 0 && checkAfterMs <= 86_400_000)
  )
    throw validationError("checkAfterMs", "is not a whole number of milliseconds from 0 to 86400000");
  const row = await rpc(
    db,
    "get_generation",
    {
      p_user_id: requireUuid("userId", query.userId),
      p_job_id: requireUuid("jobId", query.jobId),
      p_check_after_ms: checkAfterMs ?? undefined,
    },
    answer,
    // A lost claim hurts nobody: the next one is given a moment later.
    { effect: "read", signal },
  );
  return { job: toGeneration(row.job), askProvider: row.ask_provider, language: row.language };
}
