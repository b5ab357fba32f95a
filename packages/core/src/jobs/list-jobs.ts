import * as z from "zod/mini";
import { type DatabaseClient, requireCount, requireTimes, requireUuid, rpc } from "../database/index.ts";
import { validationError } from "../errors/index.ts";
import { type GenerationStatus, generationStatuses } from "./generation.ts";
import { decodeJobCursor, encodeJobCursor } from "./operator-cursor.ts";
import { type OperatorJob, operatorJobRow, toOperatorJob } from "./operator-job.ts";

/** Which jobs to list. All filters given must fit. */
export interface JobQuery {
  status?: GenerationStatus | null;
  userId?: string | null;
  modelId?: string | null;
  /** `fal`, `runway` or `pika`. */
  provider?: string | null;
  /** Only jobs that were ordered at this time or later. */
  since?: Date | string | null;
  /** Only jobs that were ordered before this time. */
  until?: Date | string | null;
  /** True: only those whose video came after the charge was given back; false: only others. */
  deliveredFree?: boolean | null;
  /** True: only those that their users deleted; false: only others. */
  deleted?: boolean | null;
  /** True: only those of which credits were given back; false: only others. */
  refunded?: boolean | null;
  /** Jobs a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** One page, newest first. */
export interface JobPage {
  jobs: OperatorJob[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  jobs: z.array(operatorJobRow),
  next: z.nullable(z.object({ created_at: z.string(), job_id: z.string() })),
});

/**
 * Lists jobs of everybody for operators, newest first, a page at a time. Pages stay right while jobs are added.
 *
 * @param db a client of an admin, or with a secret key
 * @param query filters, page size, and time range
 * @returns the jobs and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input, a start in the future, or a cursor of another query; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { jobs } = await listJobs(db, { status: "failed", since: "2026-11-01" });
 * ```
 */
export async function listJobs(db: DatabaseClient, query: JobQuery = {}): Promise<JobPage> {
  const limit = requireCount("limit", query.limit ?? 50, "jobs", 1000);
  const asked = {
    status: requireStatus(query.status ?? null),
    userId: query.userId == null ? null : requireUuid("userId", query.userId),
    modelId: query.modelId == null ? null : requireUuid("modelId", query.modelId),
    provider: requireProvider(query.provider ?? null),
    deliveredFree: query.deliveredFree ?? null,
    deleted: query.deleted ?? null,
    refunded: query.refunded ?? null,
    ...requireTimes(query),
  };
  const { query: listed, place } =
    query.cursor == null ? { query: asked, place: null } : decodeJobCursor("jobs1", asked, query.cursor);
  const page = await rpc(
    db,
    "list_jobs",
    {
      p_status: listed.status ?? undefined,
      p_user_id: listed.userId ?? undefined,
      p_model_id: listed.modelId ?? undefined,
      p_provider: listed.provider ?? undefined,
      p_since: listed.since ?? undefined,
      p_until: listed.until ?? undefined,
      p_delivered_free: listed.deliveredFree ?? undefined,
      p_deleted: listed.deleted ?? undefined,
      p_refunded: listed.refunded ?? undefined,
      p_before_created_at: place?.createdAt,
      p_before_job_id: place?.jobId,
      p_limit: limit,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    jobs: page.jobs.map(toOperatorJob),
    nextCursor:
      page.next === null
        ? null
        : encodeJobCursor("jobs1", listed, { createdAt: page.next.created_at, jobId: page.next.job_id }),
  };
}

function requireStatus(status: GenerationStatus | null): GenerationStatus | null {
  if (status === null || generationStatuses.includes(status)) return status;
  const hint = `Choose from ${generationStatuses.join(", ")}.`;
  throw validationError("status", "is none that a job can have", hint);
}

/** Checks a provider's name; which ones there are is for the table of models to say. */
export function requireProvider(name: string | null): string | null {
  if (name === null || /^[a-z0-9_-]{1,40}$/.test(name)) return name;
  throw validationError("provider", "is not the name of a provider", "For example: fal");
}
