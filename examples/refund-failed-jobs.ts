/**
 * Gives back what every failed job of the last day cost, once each, however often it is run: the job's id makes the key.
 *
 *     npx vidops local start --seed demo          # in another terminal; or use your own project's URL and key
 *     SUPABASE_URL=… SUPABASE_SECRET_KEY=… VIDOPS_ADMIN_ID=… node examples/refund-failed-jobs.ts
 */
import { type Refund, refundCredits } from "@vidops/core/credits";
import { createDatabase, type DatabaseClient, read } from "@vidops/core/database";
import { isVidopsError } from "@vidops/core/errors";
import * as z from "zod/mini";

/** What happened to one job: its refund, or why there was none. */
export type Outcome = { jobId: string; refund: Refund } | { jobId: string; refused: string };

/** Refunds the failed jobs that are not refunded yet, oldest first. */
export async function refundFailedJobs(
  db: DatabaseClient,
  { adminUserId, since }: { adminUserId: string; since: Date },
): Promise<Outcome[]> {
  const jobs = await read(
    db,
    (client) =>
      client
        .from("video_jobs")
        .select("job_id")
        .eq("status", "failed")
        .eq("credits_refunded", 0)
        .gt("credits_used", 0)
        .gte("created_at", since.toISOString())
        .order("created_at")
        .limit(100),
    z.object({ job_id: z.string() }),
  );
  const outcomes: Outcome[] = [];
  for (const { job_id: jobId } of jobs) {
    try {
      const refund = await refundCredits(db, {
        jobId,
        reason: "The provider failed",
        reasonCode: "provider_failure",
        idempotencyKey: `failed-job-${jobId}`,
        adminUserId,
      });
      outcomes.push({ jobId, refund });
    } catch (refusal) {
      // A refusal concerns this job alone; anything else ends the run, and running it again is safe.
      if (!isVidopsError(refusal) || !refusal.code.startsWith("ERR_4")) throw refusal;
      outcomes.push({ jobId, refused: refusal.reason });
    }
  }
  return outcomes;
}

if (import.meta.main) {
  const { SUPABASE_URL = "", SUPABASE_SECRET_KEY = "", VIDOPS_ADMIN_ID = "" } = process.env;
  const outcomes = await refundFailedJobs(createDatabase({ url: SUPABASE_URL, key: SUPABASE_SECRET_KEY }), {
    adminUserId: VIDOPS_ADMIN_ID,
    since: new Date(Date.now() - 24 * 60 * 60 * 1000),
  });
  for (const outcome of outcomes)
    console.log(outcome.jobId, "refund" in outcome ? `+${outcome.refund.amount}` : outcome.refused);
}
