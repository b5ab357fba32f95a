import * as z from "zod/mini";
import { type DatabaseClient, rpc } from "../database/index.ts";
import type { VideoStore } from "../jobs/index.ts";
import { type Batch, type BatchResult, batchAnswer, toBatchResult } from "./delete-batch.ts";

/** Where the files of deleted jobs are removed from. A `VideoStore` is one. */
export type RemovableFiles = Pick<VideoStore, "remove">;

/** Each job has two paths, and storage takes 1,000 at once. */
const mostJobs = 500;

const listed = z.object({
  success: z.literal(true),
  jobs: z.array(z.object({ job_id: z.string(), user_id: z.string(), video_url: z.nullable(z.string()) })),
});

/**
 * Removes the files of one batch of deleted jobs, then empties their rows; or counts them. In this order a crash in between loses
 * nothing: the files are gone, and the rows come again.
 *
 * @param db a client
 * @param batch of which age, and how many at most
 * @param files where the videos are; null is enough to count
 * @throws VidopsError ERR_6002 when files cannot be removed: then no row of the batch is emptied
 */
export async function deleteJobs(
  db: DatabaseClient,
  { olderThanSeconds, batchSize, dryRun, audit }: Batch,
  files: RemovableFiles | null,
): Promise<BatchResult> {
  const p_older_than_seconds = olderThanSeconds;
  let jobs: z.infer<typeof listed>["jobs"] = [];
  if (files !== null && !dryRun) {
    const p_batch_size = Math.min(batchSize, mostJobs);
    const call = { p_older_than_seconds, p_batch_size };
    ({ jobs } = await rpc(db, "list_deleted_jobs", call, listed, { effect: "read" }));
    if (jobs.length > 0) await files.remove(pathsOf(jobs));
  }
  const result = await rpc(
    db,
    "cleanup_deleted_jobs",
    {
      p_jobs: jobs,
      p_older_than_seconds,
      p_reason: audit.p_reason,
      p_ticket: audit.p_ticket,
      p_admin_user_id: audit.p_admin_user_id,
      p_run_id: audit.p_run_id,
      p_dry_run: dryRun,
    },
    batchAnswer,
    { effect: dryRun ? "read" : "write" },
  );
  return toBatchResult(result);
}

/** Where a job's video may lie: where its row says, and where a copy that nobody noted would. A provider's URL is no path. */
function pathsOf(jobs: z.infer<typeof listed>["jobs"]): string[] {
  const paths = jobs.flatMap(({ job_id, user_id, video_url }) => [
    `${user_id}/${job_id}.mp4`,
    ...(video_url === null || URL.canParse(video_url) ? [] : [video_url]),
  ]);
  return [...new Set(paths)];
}
