import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";

/** Whose job to hide. */
export interface GenerationDeletion {
  userId: string;
  jobId: string;
  signal?: AbortSignal | undefined;
}

/** That it is hidden. */
export interface GenerationDeleted {
  jobId: string;
  /** False when it was hidden before. */
  changed: boolean;
}

const answer = z.object({ success: z.literal(true), job_id: z.string(), changed: z.boolean() });

/**
 * Hides a finished job from its user. Its file, prompt and settings go at the next cleanup; what it cost stays in the ledger.
 *
 * @param db a client with a secret key
 * @param deletion the user and the job
 * @returns whether that changed anything
 * @throws VidopsError ERR_4007 job_not_found, also for another user's · ERR_4008 bad input · ERR_4014 job_not_finished · ERR_6006 the
 *   answer was lost: repeat it
 * @example
 * ```ts
 * await deleteGeneration(db, { userId, jobId });
 * ```
 */
export async function deleteGeneration(
  db: DatabaseClient,
  deletion: GenerationDeletion,
): Promise<GenerationDeleted> {
  const row = await rpc(
    db,
    "delete_generation",
    { p_user_id: requireUuid("userId", deletion.userId), p_job_id: requireUuid("jobId", deletion.jobId) },
    answer,
    { effect: "write", signal: deletion.signal },
  );
  return { jobId: row.job_id, changed: row.changed };
}
