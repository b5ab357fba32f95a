import * as z from "zod/mini";
import { type Act, type ActOptions, actArguments, actCall, actFields, toAct } from "../acts/index.ts";
import { type DatabaseClient, requireUuid, rpc } from "../database/index.ts";

/** What a job is to be ended for. */
export interface JobFailure extends ActOptions {
  jobId: string;
}

/** A job that an operator ended, or (with `dryRun`) would end. */
export interface FailedJob extends Act {
  jobId: string;
  userId: string;
  email: string | null;
  creditsRefunded: number;
  previousBalance: number;
  newBalance: number;
  /** The state before; `failed` when it had failed already (`changed` is false then). */
  before: string;
}

const answer = z.object({
  ...actFields,
  ...{ job_id: z.string(), user_id: z.string(), email: z.nullable(z.string()), credits_refunded: z.int() },
  ...{ previous_balance: z.int(), new_balance: z.int(), before: z.object({ status: z.string() }) },
});

/**
 * Ends a job that hangs, and gives back what is left of its charge, once, with its audit row, in one request. The provider is not
 * asked: do that before (`settleGeneration`). A video that comes all the same is delivered free.
 *
 * @param db a client with a secret key (then `adminUserId` is needed) or with an admin's access token
 * @param failure the job, and why
 * @returns what was given back
 * @throws VidopsError ERR_4008 bad input (nothing sent) · ERR_4007 job_not_found · ERR_4009 job_completed · ERR_4006 forbidden ·
 *   ERR_6006 the answer was lost: repeating it changes nothing
 * @example
 * ```ts
 * await failJob(db, { jobId, reason: "the provider lost it", ticket: "SUP-4711", adminUserId });
 * ```
 */
export async function failJob(db: DatabaseClient, failure: JobFailure): Promise<FailedJob> {
  const result = await rpc(
    db,
    "fail_job",
    { p_job_id: requireUuid("jobId", failure.jobId), ...actArguments(db, failure) },
    answer,
    actCall(failure),
  );
  return {
    ...toAct(result),
    ...{ jobId: result.job_id, userId: result.user_id, email: result.email },
    ...{ creditsRefunded: result.credits_refunded, previousBalance: result.previous_balance },
    ...{ newBalance: result.new_balance, before: result.before.status },
  };
}
