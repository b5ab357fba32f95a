import { getJob, type JobStory } from "@vidops/core/jobs";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";

/** Reads one job whole. */
export async function storyOf(jobId: string, session: CommandSession): Promise<JobStory> {
  return getJob(await openDatabase(session, planConnection(session, "person")), jobId);
}
