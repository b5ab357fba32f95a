import * as z from "zod/mini";
import { type DatabaseClient, type ResultSchema, read, requireUuid } from "../database/index.ts";
import { VidopsError } from "../errors/index.ts";
import { type Generation, generationRow, toGeneration } from "./generation.ts";

const columns =
  "job_id,user_id,model_id,provider_job_id,prompt,settings,status,video_url,thumbnail_url,credits_used,credits_refunded,error_code,error_reason,delivered_late_at,created_at,completed_at,deleted_at,models(name,provider,provider_model_id)" as const;

const joined = z.object({
  models: z.object({ name: z.string(), provider: z.string(), provider_model_id: z.string() }),
});

/** A row with its model inside, as the row that functions send. */
const found: ResultSchema<Generation> = {
  safeParse: (data) => {
    const outer = joined.safeParse(data);
    if (!outer.success) return outer;
    const { name, provider, provider_model_id } = outer.data.models;
    const row = generationRow.safeParse({
      ...(data as object),
      model_name: name,
      provider,
      provider_model_id,
    });
    return row.success ? { success: true, data: toGeneration(row.data) } : row;
  },
};

/** Reads one job of anybody, deleted or not. Throws ERR_4007 job_not_found. */
export async function findJob(
  db: DatabaseClient,
  jobId: string,
  signal: AbortSignal | undefined,
): Promise<Generation> {
  const id = requireUuid("jobId", jobId);
  const [row] = await read(
    db,
    (client) => client.from("video_jobs").select(columns).eq("job_id", id),
    found,
    {
      signal,
    },
  );
  if (row !== undefined) return row;
  throw new VidopsError({ code: "ERR_4007", reason: "job_not_found", message: "There is no such job." });
}

/** Reads jobs that have not ended and began before a time; those that were asked about longest ago, or never, come first. */
export async function unfinishedJobs(
  db: DatabaseClient,
  { before, limit, signal }: { before: Date; limit: number; signal?: AbortSignal | undefined },
): Promise<Generation[]> {
  return await read(
    db,
    (client) =>
      client
        .from("video_jobs")
        .select(columns)
        .in("status", ["pending", "processing"])
        // What other servers made is theirs: how they refund is not known here.
        .not("idempotency_key", "is", null)
        .lt("created_at", before.toISOString())
        .order("provider_checked_at", { nullsFirst: true })
        .order("created_at")
        .limit(limit),
    found,
    { signal },
  );
}

const sibling = z.object({
  job_id: z.string(),
  provider_job_id: z.nullable(z.string()),
  prompt: z.nullable(z.string()),
});

/** Other jobs of the same model and time: what they have at the provider is not this one's. */
export interface Siblings {
  /** The provider's ids that are theirs. */
  readonly taken: ReadonlySet<string>;
  /** True when another one with the same prompt looks for its job, too. */
  readonly searching: boolean;
}

const hour = 3_600_000;

/**
 * Reads what other jobs have of some of the provider's jobs.
 *
 * @param db a client with a secret key
 * @param job the job that may be one of them
 * @param providerJobIds the provider's jobs
 * @param signal stops the waiting
 * @returns the others' ids
 */
export async function siblingsOf(
  db: DatabaseClient,
  job: Pick<Generation, "jobId" | "modelId" | "createdAt" | "prompt">,
  providerJobIds: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Siblings> {
  const began = Date.parse(job.createdAt);
  const rows = await read(
    db,
    (client) =>
      client
        .from("video_jobs")
        .select("job_id,provider_job_id,prompt")
        .eq("model_id", job.modelId)
        .gte("created_at", new Date(began - hour).toISOString())
        .lte("created_at", new Date(began + hour).toISOString())
        .or(
          `provider_job_id.in.(${providerJobIds.map((id) => JSON.stringify(id)).join(",")}),and(provider_job_id.is.null,status.eq.pending,idempotency_key.not.is.null)`,
        )
        .neq("job_id", job.jobId),
    sibling,
    { signal },
  );
  return {
    taken: new Set(rows.map(({ provider_job_id: id }) => id).filter((id) => id !== null)),
    searching: rows.some(({ provider_job_id: id, prompt }) => id === null && prompt === job.prompt),
  };
}
