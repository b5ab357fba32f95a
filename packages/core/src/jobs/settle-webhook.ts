import type { WebhookEvent } from "../providers/index.ts";
import type { SettledGeneration, Settling } from "./settle-generation.ts";

/**
 * Does what a genuine webhook says of a job.
 *
 * @param event what `verifyWebhook` returned
 * @param jobId the job that the webhook's URL names
 * @param settling database, providers and store
 * @returns how the job stands; repeats and any order of arrival are harmless
 * @throws VidopsError ERR_4007 job_not_found · ERR_4008 malformed id · ERR_4009 provider_job_mismatch: it is about another job ·
 *   whatever `settleGeneration` throws: answer 503, and it will be sent again
 * @example
 * ```ts
 * await settleWebhook(await fal.verifyWebhook(request), jobId, { db, providers: { fal }, store });
 * ```
 */
export async function settleWebhook(
  _event: WebhookEvent,
  _jobId: string,
  _settling: Settling,
): Promise<SettledGeneration> {
  throw new Error("not yet");
}
