import { type ActOptions, actArguments } from "../acts/index.ts";
import { type DatabaseClient, requireCount } from "../database/index.ts";
import { isVidopsError, VidopsError, validationError } from "../errors/index.ts";
import { type CleanupTarget, type CleanupTargetName, selectCleanupTargets } from "./cleanup-targets.ts";
import { type Batch, type BatchResult, deleteBatch } from "./delete-batch.ts";
import { deleteJobs, type RemovableFiles } from "./delete-jobs.ts";
import { pause } from "./pause.ts";

/** What to clean, and how. Each batch that deletes anything is written to the audit with it. */
export interface CleanupOptions extends Omit<ActOptions, "reason" | "dryRun" | "signal"> {
  /** Default: all of `cleanupTargets`; without `files` all but deleted-jobs. */
  targets?: readonly CleanupTargetName[] | null;
  /** Where the videos of deleted jobs are, e.g. `createSupabaseVideoStore(storage)`. */
  files?: RemovableFiles | null;
  /** Age in seconds, for every target. Default: each target's own. */
  olderThanSeconds?: number | null;
  /** Rows a batch, 1 to 100 000. Default 50 000. Each batch is one transaction. */
  batchSize?: number;
  /** Why, in 1 to 500 characters. Default: "retention". */
  reason?: string | null;
  /** Only count. */
  dryRun?: boolean;
  /** How long to wait for another cleanup of the same table, in milliseconds. Default 30 000. */
  maxWaitMs?: number;
  /** Stops the cleanup between two batches. */
  signal?: AbortSignal | undefined;
  /** Called after each batch. */
  onProgress?: ((progress: CleanupProgress) => void) | undefined;
}

/** How far one target is. */
export interface CleanupProgress {
  target: CleanupTargetName;
  /** Rows deleted so far. */
  deleted: number;
  batches: number;
}

/** What was done to one target. */
export interface CleanedTarget extends CleanupProgress {
  /** On a dry run, the rows that would go; else null. */
  wouldDelete: number | null;
  /** True when rows are or may be left: run it again. */
  more: boolean;
  /** Rows older than this went, ISO 8601 UTC; null when the target was not reached. */
  olderThan: string | null;
  /** The audit rows, one for each batch that deleted anything. */
  actionIds: string[];
}

/** What a cleanup did. */
export interface CleanupReport {
  /** One entry for each target that was asked for, in the order of `cleanupTargets`. */
  targets: CleanedTarget[];
  /** Rows deleted in all. */
  deleted: number;
  dryRun: boolean;
  /** True when the signal stopped it. */
  interrupted: boolean;
}

/** How soon a table that another cleanup holds is asked for again. */
const busyPauseMs = 250;

/**
 * Deletes what has outlived its use, in bounded batches, one request and one transaction each. It can be stopped
 * at any time and run again. Two at once take turns batch by batch; a target that stays busy for `maxWaitMs` is
 * left to the other one, with `more: true`.
 *
 * @param db a client with a secret key, which needs no `adminUserId` here, or with an admin's access token
 * @param options targets, age in seconds, batch size in rows, and why
 * @returns what was done; `interrupted` when the signal stopped it
 * @throws VidopsError ERR_4008 bad input; else as `rpc` does when a batch fails, with what was done before in
 *   `details.report` (see {@link cleanupReportOf}). Running it again is always safe, also after ERR_6006.
 * @example
 * ```ts
 * const report = await cleanup(db, { targets: ["rate-limits"], onProgress: ({ deleted }) => console.error(deleted) });
 * ```
 */
export async function cleanup(db: DatabaseClient, options: CleanupOptions = {}): Promise<CleanupReport> {
  const { files = null } = options;
  const chosen = chosenTargets(options);
  const age = options.olderThanSeconds ?? null;
  if (age !== null) requireCount("olderThanSeconds", age, "seconds");
  const batchSize = requireCount("batchSize", options.batchSize ?? 50_000, "rows", 100_000);
  const { dryRun = false, maxWaitMs = 30_000, signal, onProgress } = options;
  const audit = actArguments(db, { ...options, reason: options.reason ?? "retention" });
  const targets = chosen.map(({ name }): CleanedTarget => {
    const nothing = { deleted: 0, batches: 0, wouldDelete: null, more: true, olderThan: null, actionIds: [] };
    return { target: name, ...nothing };
  });
  const report = (): CleanupReport => ({
    targets: targets.map((target) => ({ ...target, actionIds: [...target.actionIds] })),
    deleted: targets.reduce((sum, target) => sum + target.deleted, 0),
    dryRun,
    interrupted: signal?.aborted === true && targets.some((target) => target.more),
  });

  for (const [index, target] of chosen.entries()) {
    const state = targets[index] as CleanedTarget;
    const olderThanSeconds = age ?? target.defaultOlderThanSeconds;
    let after: string | null = null;
    let waitedMs = 0;
    while (signal?.aborted !== true) {
      const asked: Batch = { olderThanSeconds, batchSize, dryRun, after, audit };
      const batch: BatchResult = await clean(db, target, asked, files).catch((error: unknown) => {
        throw failedBatch(error, target, report());
      });
      state.olderThan ??= batch.cutoff;
      state.wouldDelete = batch.wouldDelete;
      state.more = batch.more;
      if (dryRun) break;
      if (batch.busy) {
        if (waitedMs >= maxWaitMs) break;
        waitedMs += busyPauseMs;
        await pause(busyPauseMs, signal);
        continue;
      }
      waitedMs = 0;
      after = batch.nextAfter;
      state.deleted += batch.deleted;
      state.batches += 1;
      if (batch.actionId !== null) state.actionIds.push(batch.actionId);
      onProgress?.({ target: state.target, deleted: state.deleted, batches: state.batches });
      // A batch that deletes nothing and says there is more would be asked for ever.
      if (!batch.more || batch.deleted === 0) break;
    }
  }
  return report();
}

/** Without files, deleted jobs are cleaned only by who asks for them, and then only counted. */
function chosenTargets({ targets, files, dryRun }: CleanupOptions): CleanupTarget[] {
  const chosen = selectCleanupTargets(targets);
  if (files != null) return chosen;
  const named = targets?.includes("deleted-jobs") === true;
  if (named && dryRun !== true)
    throw validationError("files", "is missing, and deleted-jobs removes files", "Give it a VideoStore.");
  return named ? chosen : chosen.filter(({ name }) => name !== "deleted-jobs");
}

function clean(
  db: DatabaseClient,
  { rpc }: CleanupTarget,
  batch: Batch,
  files: RemovableFiles | null,
): Promise<BatchResult> {
  return rpc === null ? deleteJobs(db, batch, files) : deleteBatch(db, { rpc }, batch);
}

/**
 * Finds what a cleanup had done before one of its batches failed.
 *
 * @param error what {@link cleanup} threw
 * @returns the report, or null when the error is another one
 * @example
 * ```ts
 * const done = cleanupReportOf(error)?.deleted ?? 0;
 * ```
 */
export function cleanupReportOf(error: unknown): CleanupReport | null {
  if (!isVidopsError(error)) return null;
  return (error.details?.report as CleanupReport | undefined) ?? null;
}

function failedBatch(error: unknown, target: CleanupTarget, report: CleanupReport): unknown {
  if (!isVidopsError(error)) return error;
  const lost = error.code === "ERR_6006";
  return new VidopsError({
    code: error.code,
    reason: error.reason,
    message: error.message,
    hint: lost ? "Run the cleanup again: it deletes only what is left." : error.hint,
    retryable: lost || error.retryable,
    details: { ...error.details, target: target.name, report },
    cause: error,
  });
}
