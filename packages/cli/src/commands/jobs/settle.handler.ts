import { listStuckJobs, sweepGeneration } from "@vidops/core/jobs";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { askConsent, declined, requireConsent } from "../../prompts/consent.ts";
import { openSettlers } from "../../settling.ts";
import { missingKeys } from "../../video-providers.ts";
import { interruptedSettling, type SettledJob, type SettlingRun, settlePlanView } from "./settle.view.ts";
import type { StuckInput } from "./stuck-input.ts";

/**
 * Asks the providers about what hangs, and settles each job by itself; what one of them meets does not stop the others. Ctrl-C
 * lets the running one finish, a second one leaves.
 * @throws CommandError exit 2 where no provider can be asked, 4 without a secret key, 7 without consent; VidopsError.
 */
export async function settleStuck(input: StuckInput, session: CommandSession): Promise<SettlingRun> {
  const consent = requireConsent(session, input.dryRun);
  const { db, providers, store, plan } = await openSettlers(session, "Settling jobs");
  const { olderThanSeconds, provider, limit, cursor, dryRun } = input;
  const { jobs, nextCursor } = await listStuckJobs(db, { olderThanSeconds, provider, limit, cursor });
  const missing = missingKeys(
    jobs.map((job) => job.provider),
    providers,
  );
  const base = {
    jobs,
    missing,
    dryRun,
    more: nextCursor !== null,
    project: plan.project,
    words: input.words,
  };
  const run = (settled: readonly SettledJob[], interrupted = false): SettlingRun => ({
    ...base,
    ...{ settled, interrupted },
  });
  if (jobs.length === 0) return run([]);
  if (missing !== null && jobs.every(({ provider }) => missing.names.includes(provider)))
    throw noKeys(missing);
  if (consent === "dry-run") return run([]);
  if (consent === "ask") {
    await session.output.say(settlePlanView(run([]), lookOf(session, "stderr")));
    const question = `Ask about ${jobs.length === 1 ? "this job" : `these ${jobs.length} jobs`}, and settle what has ended?`;
    if (!(await askConsent(session, question))) throw declined();
  }

  const settled: SettledJob[] = [];
  let stopping = false;
  const progress = session.progress();
  const { interruptions } = session.context;
  using _guard = interruptions.guard((count) => {
    stopping = true;
    progress.end();
    if (count === 1) session.output.warn("stopping after the running job (Ctrl-C again leaves at once)");
    else interruptions.leave(interruptedSettling(run(settled, true)));
  });
  try {
    for (const job of jobs) {
      if (stopping) break;
      progress.update(`${settled.length} of ${jobs.length} jobs`);
      settled.push({ job, outcome: await sweepGeneration(job, { db, providers, store, log: quiet }) });
    }
  } finally {
    progress.end();
  }
  return run(settled, settled.length < jobs.length);
}

/** What becomes of a job is shown; a log beside it would say it twice. */
const quiet = (): void => {};

function noKeys({ names, variables }: NonNullable<ReturnType<typeof missingKeys>>): CommandError {
  return new CommandError(
    "CLI_CONFIG",
    `The jobs that hang are with ${names.join(" and ")}, and no key is set to ask there. Nothing was changed.`,
    {
      hint: `Set ${variables.join(" and ")}, as the app's server has it. Where a provider is gone: vidops jobs fail <job-id> --without-asking`,
      reason: "no_provider_key",
      details: { missing: variables },
    },
  );
}
