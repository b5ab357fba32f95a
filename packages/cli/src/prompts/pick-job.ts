import type { DatabaseClient } from "@vidops/core/database";
import type { OverviewJob } from "@vidops/core/users";
import type { CommandSession } from "../command-session.ts";
import { showMinute } from "../output/local-time.ts";
import { lookOf } from "../output/look.ts";
import { pick } from "./pick.ts";

/**
 * Lets somebody pick one of a user's newest 50 jobs, by words of its id, status, model and prompt.
 * @throws CommandError CLI_INTERRUPTED (exit 130), VidopsError.
 * @example const { jobId } = await pickJob(session, db, user.id);
 */
export async function pickJob(
  session: CommandSession,
  db: DatabaseClient,
  userId: string,
): Promise<OverviewJob> {
  const { getUserOverview } = await import("@vidops/core/users");
  const { zone } = lookOf(session, "stderr");
  const overview = await getUserOverview(db, userId, { rows: 50 });
  const jobs = overview.jobs.latest.map((job) => ({
    job,
    line: jobLine(job, showMinute(job.createdAt, zone)),
  }));
  const { job } = await pick(session, {
    message: "Which job?",
    search: async (term) => {
      const words = term.toLowerCase().split(/\s+/);
      const items = jobs.filter(({ job: { jobId }, line }) =>
        words.every((word) => `${line} ${jobId}`.toLowerCase().includes(word)),
      );
      return { items, more: false };
    },
    name: ({ line }) => line,
    none: jobs.length === 0 ? "The user has no jobs." : "None of the newest 50 jobs matches.",
  });
  return job;
}

/** A job in one line, what tells one from another first. */
function jobLine(job: OverviewJob, time: string): string {
  const { jobId, status, creditsUsed, creditsRefunded, modelName, prompt } = job;
  const cost = creditsRefunded === 0 ? `${creditsUsed}` : `${creditsRefunded} of ${creditsUsed} refunded`;
  return `${time} · ${jobId.slice(0, 8)} · ${status} · ${cost} · ${modelName ?? ""} · ${prompt ?? ""}`;
}
