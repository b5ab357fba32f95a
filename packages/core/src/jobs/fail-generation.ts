import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { type ErrorCode, isErrorCode, validationError } from "../errors/index.ts";

/** Why a job ends without a video. */
export interface GenerationFailure {
  jobId: string;
  /** What the user is told, in their language. */
  code: ErrorCode;
  /** The same as a machine name of at most 100 lower-case letters, digits and underscores. */
  reason: string;
  /** For operators; the first 2000 characters are kept. */
  message?: string | null;
  signal?: AbortSignal | undefined;
}

/** How the job stands after it. */
export interface GenerationFailed {
  jobId: string;
  userId: string;
  /** False when it had failed before. */
  changed: boolean;
  /** Credits that this call gave back. */
  creditsRefunded: number;
  /** Null for a user who is not there any more. */
  creditsRemaining: number | null;
}

const answer = z.object({
  success: z.literal(true),
  job_id: z.string(),
  user_id: z.string(),
  changed: z.boolean(),
  credits_refunded: z.int(),
  credits_remaining: z.nullable(z.int()),
});

/**
 * Ends a job without a video and gives back all that is left of its charge, once. Repeating it changes nothing.
 *
 * @param db a client with a secret key
 * @param failure the job, and why
 * @returns what was given back
 * @throws VidopsError ERR_4007 job_not_found · ERR_4008 bad input · ERR_4009 job_completed: it has its video · ERR_6006 the answer
 *   was lost: repeat it
 * @example
 * ```ts
 * await failGeneration(db, { jobId, code: "ERR_5003", reason: "content_policy" });
 * ```
 */
export async function failGeneration(
  db: DatabaseClient,
  failure: GenerationFailure,
): Promise<GenerationFailed> {
  const { code, reason, message } = failure;
  if (!isErrorCode(code)) throw validationError("code", "is no error code");
  if (!isMachineName(reason))
    throw validationError(
      "reason",
      "is malformed",
      "Give a lower-case word of at most 100 letters, digits and underscores.",
    );
  const row = await rpc(
    db,
    "fail_generation",
    {
      p_job_id: requireUuid("jobId", failure.jobId),
      p_code: code,
      p_reason: reason,
      p_message: message == null ? undefined : message.slice(0, 2_000).replaceAll("\0", "").toWellFormed(),
    },
    answer,
    { effect: "write", signal: failure.signal },
  );
  return {
    jobId: row.job_id,
    userId: row.user_id,
    changed: row.changed,
    creditsRefunded: row.credits_refunded,
    creditsRemaining: row.credits_remaining,
  };
}

/** Whether a text can be stored as a reason. */
export function isMachineName(text: unknown): text is string {
  return typeof text === "string" && /^[a-z][a-z0-9_]{0,99}$/.test(text);
}
