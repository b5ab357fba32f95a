import type { DatabaseClient } from "../database/index.ts";
import { isVidopsError, VidopsError } from "../errors/index.ts";
import { type Logger, logEvent, logSafely } from "../logging/index.ts";
import type { ProviderName, SubmittedJob, VideoProvider } from "../providers/index.ts";
import type { LimitState } from "../rate-limit/index.ts";
import { attachGeneration } from "./attach-generation.ts";
import { failGeneration } from "./fail-generation.ts";
import type { GenerationStatus } from "./generation.ts";
import { generationError, refusalOf, type StoredFailure } from "./generation-failure.ts";
import { type CheckedOrder, type GenerationOrder, requireOrder } from "./generation-order.ts";
import { insisting } from "./insisting.ts";
import { submitRequest, type VideoProviders } from "./provider-call.ts";
import { type GenerationReplayed, type GenerationStarted, startChecked } from "./start-generation.ts";

/** What carrying out an order needs. */
export interface Generating {
  /** A client with a secret key. */
  readonly db: DatabaseClient;
  readonly providers: VideoProviders;
  /** Where a provider that has webhooks shall tell the end of a job: https, with the job's id in it. Default: it is asked. */
  readonly webhookUrl?: ((job: { jobId: string; provider: ProviderName }) => string) | undefined;
  /** Takes one line for what operators should know. Default: `logEvent`. */
  readonly log?: Logger | undefined;
}

/** What a user is told of an order: the same each time that its key is repeated. */
export interface GenerationAnswer {
  jobId: string;
  /** `pending` while nobody knows whether the provider took it. */
  status: GenerationStatus;
  creditsUsed: number;
  /** The balance after the charge. */
  creditsRemaining: number;
}

/** A job that is charged, and that no provider was asked for. */
export type BegunGeneration = Pick<
  GenerationStarted,
  "jobId" | "creditsUsed" | "creditsRemaining" | "provider" | "providerModelId" | "settings"
> & { prompt: string };

/** An order that was carried out. */
export interface GenerationAccepted {
  /** True when it was carried out before, and nothing was done now. */
  replayed: boolean;
  answer: GenerationAnswer;
  /** How the limits stand; null on a replay, and where there are none. */
  limits: readonly LimitState[] | null;
}

/**
 * Carries out an order, once for each key: charges it and writes the job (one request), calls the provider, and notes what came of
 * it (one request). What the provider surely refused is refunded. Where that is not known, the job stays pending and charged
 * until its webhook or `sweepGenerations` tells. Nothing that happens to the caller stops it once it is charged.
 *
 * @param order user, model, prompt and key
 * @param generating database and providers
 * @returns the answer for the user, to be sent with status 202
 * @throws VidopsError as `startGeneration` does, then nothing was charged · for what the provider refused its ERR_5001, ERR_5002,
 *   ERR_5003, ERR_4003 or ERR_4008, refunded, with `details.job_id`, `details.credits_remaining` and `details.replayed` ·
 *   ERR_5002 provider_not_configured
 * @example
 * ```ts
 * const { answer } = await generate({ userId, modelId, prompt, idempotencyKey }, { db, providers: { fal: createFal({ apiKey }) } });
 * ```
 */
export async function generate(order: GenerationOrder, generating: Generating): Promise<GenerationAccepted> {
  const checked = requireOrder(order);
  const { db, providers } = generating;
  if (Object.values(providers).every((provider) => provider === undefined)) {
    const hint = "Give `providers` one, e.g. { fal: createFal({ apiKey }) }.";
    throw new VidopsError({ ...notConfigured, message: "No video provider is set up.", hint });
  }
  const begun = await beginning(db, checked, order);
  if (begun.replayed) return repeated(begun);
  const answer = await submitGeneration({ ...begun, prompt: checked.prompt }, generating);
  if (answer.status !== "failed") return { replayed: false, answer, limits: begun.limits };
  // It was given up while the provider took it: what its key answers from now on is the answer now.
  const again = await beginning(db, checked, { limits: [] });
  return again.replayed ? repeated(again) : { replayed: false, answer, limits: begun.limits };
}

/**
 * Hands a job that is charged to its provider, and notes what came of it. Nobody else may be doing so: two who submit one job
 * make two at the provider.
 *
 * @param job the job, as `startGeneration` made it
 * @param generating database and providers
 * @returns how it stands: `processing`; `pending` where nobody knows whether the provider took it; `failed` where it was given up
 *   meanwhile
 * @throws VidopsError for what the provider refused, refunded, as `generate` does
 * @example
 * ```ts
 * const job = await startGeneration(db, order);
 * if (!job.replayed) await submitGeneration({ ...job, prompt: order.prompt }, { db, providers });
 * ```
 */
export async function submitGeneration(
  job: BegunGeneration,
  generating: Generating,
): Promise<GenerationAnswer> {
  const { jobId, creditsUsed, creditsRemaining } = job;
  const { providers, log = logEvent } = generating;
  const answer = (status: GenerationStatus): GenerationAnswer => ({
    ...{ jobId, status, creditsUsed, creditsRemaining },
  });
  const provider = providers[job.provider];
  if (provider === undefined) return await refuse(notConfigured, job, generating);
  let submitted: SubmittedJob;
  try {
    submitted = await provider.submit(submitRequest(job, webhookUrlOf(job, provider, generating)));
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal !== null) return await refuse(refusal, job, generating, thrown);
    const facts = { job_id: jobId, provider: provider.name, error: thrown };
    logSafely(log, "generation_outcome_unknown", facts, "warn");
    return answer("pending");
  }
  const providerJobId = submitted.job.id;
  try {
    const attached = await insisting(() => attachGeneration(generating.db, { jobId, providerJobId }));
    // Its webhook may have come before: to the user that is an end which follows.
    return answer(attached.status === "failed" ? "failed" : "processing");
  } catch (error) {
    // The provider is at it: its webhook names it, or the sweep finds it. This line is all that knows the id.
    const facts = { job_id: jobId, provider: provider.name, provider_job_id: providerJobId, error };
    logSafely(log, "generation_not_attached", facts, "error");
    return answer("pending");
  }
}

/** A lost answer is asked for again, once: where the first request did arrive, the second one is known by its attempt. */
async function beginning(
  db: DatabaseClient,
  checked: CheckedOrder,
  options: Pick<GenerationOrder, "ip" | "limits" | "signal">,
): Promise<GenerationStarted | GenerationReplayed> {
  const attempt = crypto.randomUUID();
  try {
    return await startChecked(db, checked, options, attempt);
  } catch (error) {
    if (!isVidopsError(error) || error.code !== "ERR_6006" || options.signal?.aborted) throw error;
    return await startChecked(db, checked, options, attempt);
  }
}

async function refuse(
  { code, reason, message }: StoredFailure,
  { jobId, creditsUsed, creditsRemaining: before }: BegunGeneration,
  { db, log = logEvent }: Generating,
  cause?: unknown,
): Promise<GenerationAnswer> {
  let creditsRemaining: number | null;
  try {
    ({ creditsRemaining } = await insisting(() => failGeneration(db, { jobId, code, reason, message })));
  } catch (error) {
    // Charged still. Whoever says "refunded" now may be wrong: the sweep does it, and the job tells.
    logSafely(log, "generation_not_refunded", { job_id: jobId, reason, error }, "error");
    return { jobId, status: "pending", creditsUsed, creditsRemaining: before };
  }
  throw generationError({ jobId, code, reason, creditsUsed, creditsRemaining, replayed: false, cause });
}

/** One that providers would refuse is left out: then the job is asked after. */
function webhookUrlOf(
  { jobId, provider: name }: BegunGeneration,
  { capabilities }: VideoProvider,
  { webhookUrl }: Generating,
): string | undefined {
  const url = capabilities.webhooks ? webhookUrl?.({ jobId, provider: name }) : undefined;
  return url !== undefined && URL.canParse(url) && new URL(url).protocol === "https:" ? url : undefined;
}

function repeated(stored: GenerationReplayed): GenerationAccepted {
  const { jobId, status, creditsUsed, creditsRemaining, error } = stored;
  if (error !== null)
    throw generationError({ ...error, jobId, creditsUsed, creditsRemaining, replayed: true });
  return { replayed: true, answer: { jobId, status, creditsUsed, creditsRemaining }, limits: null };
}

const notConfigured: StoredFailure = {
  code: "ERR_5002",
  reason: "provider_not_configured",
  message: "The model's provider is not set up where the request was handled.",
};
