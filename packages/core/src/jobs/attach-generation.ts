import * as z from "zod/mini";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type GenerationStatus, generationStatus } from "./generation.ts";

/** That the provider took a job. */
export interface GenerationAttachment {
  jobId: string;
  /** The provider's id. */
  providerJobId: string;
  signal?: AbortSignal | undefined;
}

/** How the job stands after it. */
export interface GenerationAttached {
  jobId: string;
  /** `failed` for a job that was given up meanwhile: it knows the id now, and a video that comes is delivered free. */
  status: GenerationStatus;
  providerJobId: string;
  /** False when it was noted before. */
  changed: boolean;
}

const answer = z.object({
  success: z.literal(true),
  job_id: z.string(),
  status: generationStatus,
  provider_job_id: z.string(),
  changed: z.boolean(),
});

/**
 * Notes that the provider took a job: pending becomes processing. Repeating it changes nothing.
 *
 * @param db a client with a secret key
 * @param attachment the job, and the provider's id of it
 * @returns how the job stands
 * @throws VidopsError ERR_4007 job_not_found · ERR_4008 bad input · ERR_4009 provider_job_mismatch: the job has another id, so the
 *   provider runs two for one charge · ERR_6006 the answer was lost: repeat it
 * @example
 * ```ts
 * await attachGeneration(db, { jobId, providerJobId: submitted.job.id });
 * ```
 */
export async function attachGeneration(
  db: DatabaseClient,
  attachment: GenerationAttachment,
): Promise<GenerationAttached> {
  const row = await rpc(
    db,
    "attach_generation",
    {
      p_job_id: requireUuid("jobId", attachment.jobId),
      p_provider_job_id: requireProviderJobId(attachment.providerJobId),
    },
    answer,
    { effect: "write", signal: attachment.signal },
  );
  return {
    jobId: row.job_id,
    status: row.status,
    providerJobId: row.provider_job_id,
    changed: row.changed,
  };
}

/** Checks a provider's id. */
export function requireProviderJobId(id: unknown): string {
  if (
    typeof id === "string" &&
    id.trim() !== "" &&
    id.length <= 500 &&
    !id.includes("\0") &&
    id.isWellFormed()
  )
    return id;
  throw validationError("providerJobId", "is malformed", "Give 1 to 500 characters.");
}
