import { isVidopsError, VidopsError } from "@vidops/core/errors";
import { type CleanupReport, cleanup, cleanupReportOf, type RemovableFiles } from "@vidops/core/maintenance";
import { actingAdminId } from "../../acting-admin.ts";
import { CommandError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { type ConnectionPlan, openDatabase, planConnection } from "../../connection.ts";
import { lookOf } from "../../output/look.ts";
import { askConsent, declined, requireConsent } from "../../prompts/consent.ts";
import { needsSecretKey, openVideoStore } from "../../settling.ts";
import type { CleanupRun } from "./cleanup.view.ts";
import { cleanupData, cleanupPlanView, cleanupView } from "./cleanup.view.ts";
import type { CleanupInput } from "./cleanup-input.ts";

/**
 * Cleans, or counts. Asks unless consent was given; Ctrl-C lets the running batch finish, a second one leaves.
 * @throws CommandError, VidopsError; what was deleted before is in `details`.
 */
export async function runCleanup(input: CleanupInput, session: CommandSession): Promise<CleanupRun> {
  const consent = requireConsent(session, input.dryRun);
  const plan = planConnection(session, "service");
  // A schedule has a secret key and nobody who acts; where somebody is named, the audit says who.
  const admin = plan.accessToken ? null : session.configuration().admin;
  const files = deletableFiles(input, session, plan);
  const db = await openDatabase(session, plan);
  const options = {
    files,
    adminUserId: await actingAdminId(db, admin),
    reason: input.reason,
    ticket: input.ticket,
    targets: input.targets,
    olderThanSeconds: input.olderThanSeconds,
    ...(input.batchSize === null ? {} : { batchSize: input.batchSize }),
  };
  const run = (report: CleanupReport): CleanupRun => ({
    ...report,
    ...{ project: plan.project, reason: input.reason ?? "retention", ticket: input.ticket },
    actor: admin?.value ?? plan.login?.email ?? (plan.accessToken ? "the signed-in admin" : "the secret key"),
  });

  if (consent !== "given") {
    const preview = run(await cleanup(db, { ...options, dryRun: true }));
    const rows = preview.targets.reduce((sum, target) => sum + (target.wouldDelete ?? 0), 0);
    // Nothing to do is done: there is nothing to ask about.
    if (consent === "dry-run" || rows === 0) return { ...preview, dryRun: input.dryRun };
    await session.output.say(cleanupPlanView(preview, lookOf(session, "stderr")));
    if (!(await askConsent(session, `Delete ${rows} rows for good?`))) throw declined();
  }

  const stop = new AbortController();
  const progress = session.progress();
  const { interruptions } = session.context;
  let deleted = 0;
  const before = new Map<string, number>();
  using _guard = interruptions.guard((count) => {
    stop.abort();
    progress.end();
    if (count === 1) session.output.warn("stopping after the running batch (Ctrl-C again leaves at once)");
    else interruptions.leave(leftAtOnce(deleted));
  });
  try {
    const report = await cleanup(db, {
      ...options,
      signal: stop.signal,
      onProgress: (state) => {
        before.set(state.target, state.deleted);
        deleted = [...before.values()].reduce((sum, rows) => sum + rows, 0);
        progress.update(`${state.target}: ${state.deleted} rows deleted`);
      },
    });
    return run(report);
  } catch (error) {
    throw await failed(error, session, run);
  } finally {
    progress.end();
  }
}

/**
 * Where the files of deleted jobs are: opened when the first are removed. Null where only a signed-in admin speaks, whom storage
 * lets remove nothing.
 */
function deletableFiles(
  { targets, dryRun }: CleanupInput,
  session: CommandSession,
  plan: ConnectionPlan,
): RemovableFiles | null {
  if (plan.accessToken === null)
    return { remove: async (paths) => (await openVideoStore(session, plan)).remove(paths) };
  if (targets?.includes("deleted-jobs") && !dryRun)
    throw needsSecretKey("Removing the files of deleted jobs");
  if (targets === null)
    session.output.warn("deleted-jobs is left out: removing the files of jobs needs the secret key");
  return null;
}

async function failed(
  error: unknown,
  session: CommandSession,
  run: (report: CleanupReport) => CleanupRun,
): Promise<unknown> {
  const done = cleanupReportOf(error);
  if (done === null || !isVidopsError(error)) return error;
  const report = run(done);
  if (report.deleted > 0 && session.output.format !== "json")
    await session.output.say(cleanupView(report, lookOf(session, "stderr")));
  const { code, reason, message, hint, retryable, cause } = error;
  const { report: _, ...details } = error.details ?? {};
  return new VidopsError({
    code,
    reason,
    message,
    hint,
    retryable,
    cause,
    details: { ...details, ...cleanupData(report) },
  });
}

function leftAtOnce(deleted: number): CommandError {
  return new CommandError(
    "CLI_INTERRUPTED",
    `Interrupted; at least ${deleted} rows were deleted, the running batch may still finish.`,
    {
      hint: "Running the same command again goes on where it stopped.",
      details: { deleted_at_least: deleted },
    },
  );
}
