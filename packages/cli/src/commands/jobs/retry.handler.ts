import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { type Generating, getJob, type RetriedJob, retryJob, submitGeneration } from "@vidops/core/jobs";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { credits } from "../../output/credit-text.ts";
import { openSettlers, type Settlers } from "../../settling.ts";
import { providerKeyVariable } from "../../video-providers.ts";
import { nextCommand } from "../next-command.ts";
import { ownerOf } from "./job-rows.ts";
import { type RetryAnswer, type RetryReport, retryPlanView } from "./retry.view.ts";

export interface RetryInput extends ActInput {
  readonly jobId: string;
}

/**
 * Orders a failed job once more: charges its user and makes the new job, with its audit row, then sends it to the provider.
 * @throws CommandError, VidopsError; of what the provider refused the new job's id is in `details`.
 */
export async function orderAgain(input: RetryInput, session: CommandSession): Promise<RetryReport> {
  const settlers = await openSettlers(session, "Ordering a job again");
  return act(session, input, {
    ...{ actionType: "job_retry", name: "the order" },
    find: async (db) => {
      const { job } = await getJob(db, input.jobId);
      if (settlers.providers[job.provider] === undefined) throw noKey(job.provider);
      return job;
    },
    send: async (db, { jobId }, options, seen): Promise<RetryAnswer> => {
      const retried = await retryJob(db, { jobId, ...options, expectedCredits: seen?.creditsUsed });
      if (retried.newJobId === null || !retried.changed) return { ...retried, status: null };
      return { ...retried, status: await submit(retried, retried.newJobId, settlers, session) };
    },
    plan: retryPlanView,
    question: ({ target, answer }) =>
      `Order it again, and charge ${ownerOf(target)} ${credits(answer.creditsUsed)}?`,
  });
}

/** Sends the new job to its provider; the state in which that leaves it. */
async function submit(
  retried: RetriedJob,
  jobId: string,
  { db, providers, plan }: Settlers,
  session: CommandSession,
): Promise<string> {
  const { actionId, creditsUsed, newBalance, provider, providerModelId, prompt, settings } = retried;
  const started = {
    jobId,
    creditsUsed,
    creditsRemaining: newBalance,
    provider,
    providerModelId,
    prompt,
    settings,
  };
  const generating: Generating = { db, providers, log: () => {}, ...webhooks(plan.url.value) };
  try {
    return (await submitGeneration(started, generating)).status;
  } catch (error) {
    if (!isVidopsError(error)) throw error;
    const { code, reason, message, retryable, details } = error;
    throw new VidopsError({
      ...{ code, reason, retryable, cause: error },
      message: `${message} The new job failed, and its credits are back.`,
      hint: `The whole of it: ${nextCommand(["jobs", "show", jobId], session.flags)}`,
      details: { ...details, new_job_id: jobId, action_id: actionId },
    });
  }
}

/** Providers tell the end where the app's own webhooks are told it: at its Edge Functions, which only https reaches. */
function webhooks(url: string): Pick<Generating, "webhookUrl"> {
  if (!url.startsWith("https:")) return {};
  return {
    webhookUrl: ({ jobId, provider }) =>
      `${url}/functions/v1/provider-webhook?${new URLSearchParams({ provider, job: jobId })}`,
  };
}

function noKey(provider: Parameters<typeof providerKeyVariable>[0]): CommandError {
  const variable = providerKeyVariable(provider);
  return new CommandError("CLI_CONFIG", `Nothing can be ordered at ${provider}: ${variable} is not set.`, {
    hint: "Set it as the app's server has it.",
    reason: "no_provider_key",
    details: { missing: [variable] },
  });
}
