import type { CleanupReport } from "@vidops/core/maintenance";
import { CommandError } from "../../command-error.ts";
import { type Document, line, table, toned } from "../../output/document.ts";

export interface CleanupRun extends CleanupReport {
  readonly project: string;
}

const contents: Readonly<Record<string, string>> = {
  "rate-limits": "rows of the log of rate limits",
  "rate-limit-state": "counts that no limit needs any more",
  "rate-limit-reservations": "reservations with nothing to give back",
  idempotency: "expired idempotency keys",
  errors: "error rows",
};

/** What a cleanup would delete, and where. */
export function cleanupPlanView(run: CleanupRun): Document {
  return [
    line(toned(`Delete from ${run.project}`, "strong")),
    table(
      ["target", "what", "older than (UTC)", "rows"],
      run.targets.map((target) => [
        target.target,
        contents[target.target] ?? "",
        time(target.olderThan),
        `${target.wouldDelete ?? 0}`,
      ]),
      [3],
    ),
    line(toned("Deleted rows cannot be brought back. The ledger and the audit are not touched.", "quiet")),
  ];
}

/** What a cleanup did, or would do on a dry run. */
export function cleanupView(run: CleanupRun): Document {
  if (run.dryRun) return [...cleanupPlanView(run), line(toned("Dry run: nothing was deleted.", "quiet"))];
  const left = run.targets.some((target) => target.more);
  return [
    line(
      run.deleted === 0 && !left
        ? toned("Nothing to clean.", "good")
        : toned(`Deleted ${run.deleted} rows from ${run.project}`, "good"),
    ),
    table(
      ["target", "older than (UTC)", "deleted", "batches", "left"],
      run.targets.map((target) => [
        target.target,
        time(target.olderThan),
        `${target.deleted}`,
        `${target.batches}`,
        target.more ? toned("more", "warning") : "none",
      ]),
      [2, 3],
    ),
    ...(left && !run.interrupted
      ? [line("Some rows were left, in use by another cleanup or by the app: run it again.")]
      : []),
  ];
}

/** The same as JSON data. */
export function cleanupData(run: CleanupRun): Record<string, unknown> {
  return {
    deleted: run.deleted,
    dry_run: run.dryRun,
    interrupted: run.interrupted,
    targets: run.targets.map((target) => ({
      target: target.target,
      deleted: target.deleted,
      would_delete: target.wouldDelete,
      more: target.more,
      batches: target.batches,
      older_than: target.olderThan,
    })),
    project: run.project,
  };
}

/** The error of a cleanup that was stopped between two batches. */
export function interruptedCleanup(run: CleanupRun): CommandError {
  return new CommandError("CLI_INTERRUPTED", `Interrupted; ${run.deleted} rows were deleted before.`, {
    hint: "Running the same command again goes on where it stopped.",
    details: cleanupData(run),
  });
}

function time(iso: string | null): string {
  return iso === null ? "" : iso.slice(0, 19).replace("T", " ");
}
