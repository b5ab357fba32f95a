import { isVidopsError } from "../errors/index.ts";
import { attachGeneration } from "./attach-generation.ts";
import { siblingsOf } from "./find-job.ts";
import { submitRequest } from "./provider-call.ts";
import type { Settling, SweepableJob } from "./settle-generation.ts";

/** How long a submit may have taken to arrive, in ms. */
const submitTakes = 120_000;

/**
 * Looks for the provider's job of a submit whose answer was lost, and notes its id.
 *
 * @param job a pending job without an id
 * @param settling database and providers
 * @returns the id and the state it leads to; null where none was found, or nobody can tell which it is
 * @throws ProviderError, VidopsError: nothing is known
 */
export async function lookUpGeneration(
  job: SweepableJob,
  { db, providers, signal }: Pick<Settling, "db" | "providers" | "signal">,
): Promise<Pick<SweepableJob, "providerJobId" | "status"> | null> {
  const provider = providers[job.provider];
  if (provider === undefined || !provider.capabilities.lookUp) return null;
  const began = Date.parse(job.createdAt);
  const window = {
    from: new Date(began).toISOString(),
    to: new Date(began + submitTakes).toISOString(),
  };
  const { jobs } = await provider.lookUp(submitRequest(job), window, { signal });
  if (jobs.length === 0) return null;
  // The same order twice, by two keys, makes two that look alike: what one has is not the other's, and while both search,
  // nobody can tell whose it is.
  const ids = jobs.map(({ id }) => id);
  const { taken, searching } = await siblingsOf(db, job, ids, signal);
  const [providerJobId, ...others] = ids.filter((id) => !taken.has(id));
  if (providerJobId === undefined || others.length > 0 || searching) return null;
  try {
    const { status } = await attachGeneration(db, { jobId: job.jobId, providerJobId, signal });
    return { providerJobId, status };
  } catch (error) {
    if (!isVidopsError(error) || error.reason !== "provider_job_mismatch") throw error;
    // Somebody learned it meanwhile, e.g. from the webhook.
    return null;
  }
}
