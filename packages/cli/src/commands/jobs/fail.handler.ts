import { failJob, getJob, settleGeneration, type WholeJob } from "@vidops/core/jobs";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { openSettlers, type Settlers } from "../../settling.ts";
import { askProvider, hasEnded } from "./ask-provider.ts";
import { type EndingAnswer, type EndingReport, failPlanView, type JobToEnd } from "./fail.view.ts";

export interface FailInput extends ActInput {
  readonly jobId: string;
  readonly withoutAsking: boolean;
}

/**
 * Ends a job that hangs, or settles it as the provider says.
 * @throws CommandError, VidopsError.
 */
export async function endJob(input: FailInput, session: CommandSession): Promise<EndingReport> {
  let settlers: Settlers | null = null;
  return act<JobToEnd, EndingAnswer>(session, input, {
    ...{ actionType: "job_fail", name: "the end of the job" },
    find: async (db) => {
      const { job } = await getJob(db, input.jobId);
      const asked = input.withoutAsking ? ({ kind: "not asked" } as const) : await askProvider(session, job);
      if (hasEnded(asked))
        settlers = await openSettlers(session, "Settling a job that has ended at its provider");
      return { job, asked };
    },
    send: async (db, { job }, options) => {
      if (settlers !== null) return settled(job, settlers, options.dryRun === true);
      const failed = await failJob(db, { jobId: job.jobId, ...options });
      return { ...failed, failed, settled: null };
    },
    plan: failPlanView,
    question: ({ target }) =>
      hasEnded(target.asked) ? "Settle it as the provider says?" : "End it, and give its credits back?",
  });
}

/** No act of an admin: it is what the sweep would have done. */
async function settled(job: WholeJob, settlers: Settlers, dryRun: boolean): Promise<EndingAnswer> {
  const outcome = dryRun ? null : await settleGeneration(job, { ...settlers, log: () => {} });
  return { actionId: null, changed: true, dryRun, needsApproval: null, failed: null, settled: outcome };
}
