import {
  type ErrorCode,
  isErrorCode,
  isValidationError,
  isVidopsError,
  VidopsError,
} from "../errors/index.ts";
import { isProviderError, type ProviderJobEnd } from "../providers/index.ts";
import { isMachineName } from "./fail-generation.ts";

/** Why a job ends without a video, as it is stored. */
export interface StoredFailure {
  code: ErrorCode;
  reason: string;
  /** For operators. */
  message: string;
}

/** Why a job failed at the provider. */
export function failureOf(end: Exclude<ProviderJobEnd, { status: "completed" }>): StoredFailure {
  if (end.status === "cancelled")
    return { code: "ERR_5002", reason: "cancelled", message: "The job was cancelled at the provider." };
  return storedFailure(end.error);
}

/**
 * Why a submit surely made no job.
 *
 * @param thrown what the provider's adapter threw
 * @returns null where there may be a job, which is for nobody to refund before that is known
 */
export function refusalOf(thrown: unknown): StoredFailure | null {
  // Checked before anything was sent. What users write is prompt, image and settings; the rest is the app's own mistake.
  if (isValidationError(thrown)) {
    const { field, message } = thrown;
    if (field === "prompt") return { code: "ERR_4003", reason: "invalid_prompt", message };
    if (field === "imageUrl" || field === "settings")
      return { code: "ERR_4008", reason: "validation_failed", message };
    return { code: "ERR_6003", reason: "misconfigured", message };
  }
  return isProviderError(thrown) && thrown.outcome === "not_accepted" ? storedFailure(thrown) : null;
}

function storedFailure(error: VidopsError): StoredFailure {
  const { code, reason, message } = error;
  return {
    code: isErrorCode(code) ? code : "ERR_5002",
    reason: isMachineName(reason) ? reason : "provider_failed",
    message,
  };
}

/** A generation that failed before the provider took it. */
export interface RefusedGeneration {
  jobId: string;
  code: ErrorCode;
  reason: string;
  creditsUsed: number;
  creditsRemaining: number | null;
  replayed: boolean;
  cause?: unknown;
}

/**
 * The error of a generation that was refused and refunded: the same the first time and whenever its key is repeated.
 *
 * @param refused what was stored
 * @returns the error; `details` are `job_id`, `status`, `credits_used`, `credits_remaining` and `replayed`
 */
export function generationError(refused: RefusedGeneration): VidopsError {
  const { code, reason, cause } = refused;
  return new VidopsError({
    code,
    reason,
    message: `The video was not begun (${reason}); all credits were given back.`,
    hint: "The same key gives this answer again: a new attempt needs a new one.",
    details: {
      ...(isVidopsError(cause) ? cause.details : null),
      job_id: refused.jobId,
      status: "failed",
      credits_used: refused.creditsUsed,
      credits_remaining: refused.creditsRemaining,
      replayed: refused.replayed,
    },
    cause,
  });
}
