import { VidopsError } from "../errors/index.ts";
import {
  isProviderError,
  type ProviderJobState,
  type VideoProvider,
  type WebhookEvent,
} from "../providers/index.ts";
import { attachGeneration } from "./attach-generation.ts";
import { findJob, siblingsOf } from "./find-job.ts";
import type { Generation } from "./generation.ts";
import { providerJob } from "./provider-call.ts";
import {
  endedBefore,
  type SettledGeneration,
  type Settling,
  settleGeneration,
  settleState,
} from "./settle-generation.ts";

/**
 * Does what a genuine webhook says of a job. The id in the URL is anybody's word: the event counts for a job that has the id of
 * the event. A job without one, since the answer of its submit is late or lost, learns it here, after the provider was asked.
 *
 * @param event what `verifyWebhook` returned
 * @param jobId the job that the webhook's URL names
 * @param settling database, providers and store
 * @returns how the job stands; repeats, and any order of arrival, are harmless
 * @throws VidopsError ERR_4007 job_not_found · ERR_4008 malformed id · ERR_4009 provider_job_mismatch: it is about another job ·
 *   whatever `settleGeneration` throws: answer 503, and it will be sent again
 * @example
 * ```ts
 * await settleWebhook(await fal.verifyWebhook(request), jobId, { db, providers: { fal }, store });
 * ```
 */
export async function settleWebhook(
  event: WebhookEvent,
  jobId: string,
  settling: Settling,
): Promise<SettledGeneration> {
  const { db, signal } = settling;
  const job = await findJob(db, jobId, signal);
  if (event.provider !== job.provider) throw mismatch(job, event);
  const { providerJobId: id } = job;
  if (id !== null && !event.jobIds.includes(id)) throw mismatch(job, event);
  const ended = endedBefore(job);
  if (ended !== null) return ended;
  if (id === null) return await learnId(event, job, settling);
  return event.state === null
    ? await settleGeneration(job, settling)
    : await settleState(job, id, event.state, settling);
}

/** Only the provider's own answer to our key says that a job is ours. */
async function learnId(event: WebhookEvent, job: Generation, settling: Settling): Promise<SettledGeneration> {
  const { db, providers, signal } = settling;
  const provider = providers[job.provider];
  const { jobId, userId } = job;
  if (provider === undefined) return { outcome: "unknown", jobId, userId, reason: "provider_not_configured" };
  const { taken } = await siblingsOf(db, job, event.jobIds, signal);
  const ids = event.jobIds.filter((id) => !taken.has(id));
  if (ids.length === 0) throw mismatch(job, event);
  const { id, state } = await firstKnown(provider, job, ids, signal);
  await attachGeneration(db, { jobId, providerJobId: id, signal });
  return await settleState(job, id, state, settling);
}

/** Of the ids of an event one is the job's; others may name an attempt at it. */
async function firstKnown(
  provider: VideoProvider,
  job: Generation,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ id: string; state: ProviderJobState }> {
  let unknown: unknown;
  for (const id of ids) {
    try {
      return { id, state: await provider.status(providerJob(job, id), { signal }) };
    } catch (error) {
      if (!isProviderError(error) || error.reason !== "job_not_found") throw error;
      unknown = error;
    }
  }
  throw unknown;
}

function mismatch(job: Generation, event: WebhookEvent): VidopsError {
  return new VidopsError({
    code: "ERR_4009",
    reason: "provider_job_mismatch",
    message: "The webhook is about another job than its URL says; nothing was done.",
    details: { job_id: job.jobId, provider: event.provider, provider_job_ids: event.jobIds },
  });
}
