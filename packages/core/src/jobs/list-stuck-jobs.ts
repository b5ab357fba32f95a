import * as z from "zod/mini";
import { type DatabaseClient, requireCount, rpc } from "../database/index.ts";
import { requireProvider } from "./list-jobs.ts";
import { decodeJobCursor, encodeJobCursor } from "./operator-cursor.ts";
import { toWholeJob, type WholeJob, wholeJobRow } from "./operator-job.ts";

/** Which jobs hang. */
export interface StuckJobQuery {
  /** For how long a job may be under way before it hangs, in seconds. Default 900. */
  olderThanSeconds?: number;
  /** Only jobs of this provider. */
  provider?: string | null;
  /** Jobs a page, 1 to 1000. Default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  signal?: AbortSignal | undefined;
}

/** A job that hangs. */
export interface StuckJob extends WholeJob {
  /** Since it was ordered. */
  waitingSeconds: number;
}

/** One page, the oldest first. */
export interface StuckJobPage {
  jobs: StuckJob[];
  /** Hand it back for the next page; null on the last one. */
  nextCursor: string | null;
}

const answer = z.object({
  success: z.literal(true),
  jobs: z.array(z.intersection(wholeJobRow, z.object({ waiting_seconds: z.number() }))),
  next: z.nullable(z.object({ created_at: z.string(), job_id: z.string() })),
});

/**
 * Lists jobs that are neither completed nor failed some time after they were ordered, the oldest first. Nobody is asked about
 * them; `sweepGenerations` does that.
 *
 * @param db a client of an admin, or with a secret key
 * @param query age in seconds, provider, page size
 * @returns the jobs, whole, and the cursor of the next page
 * @throws VidopsError ERR_4008 bad input; ERR_4006 for anybody else than ops
 * @example
 * ```ts
 * const { jobs } = await listStuckJobs(db, { olderThanSeconds: 3600 });
 * ```
 */
export async function listStuckJobs(db: DatabaseClient, query: StuckJobQuery = {}): Promise<StuckJobPage> {
  const limit = requireCount("limit", query.limit ?? 50, "jobs", 1000);
  const asked = {
    olderThanSeconds: requireCount("olderThanSeconds", query.olderThanSeconds ?? 900, "seconds"),
    provider: requireProvider(query.provider ?? null),
  };
  const place = query.cursor == null ? null : decodeJobCursor("stuckjobs1", asked, query.cursor).place;
  const page = await rpc(
    db,
    "list_stuck_jobs",
    {
      p_older_than_seconds: asked.olderThanSeconds,
      p_provider: asked.provider ?? undefined,
      p_limit: limit,
      p_after_created_at: place?.createdAt,
      p_after_job_id: place?.jobId,
    },
    answer,
    { effect: "read", signal: query.signal },
  );
  return {
    jobs: page.jobs.map((row) => ({ ...toWholeJob(row), waitingSeconds: row.waiting_seconds })),
    nextCursor:
      page.next === null
        ? null
        : encodeJobCursor("stuckjobs1", asked, { createdAt: page.next.created_at, jobId: page.next.job_id }),
  };
}
