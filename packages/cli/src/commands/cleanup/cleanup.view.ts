import type { CleanupReport } from "@vidops/core/maintenance";
import { CommandError } from "../../command-error.ts";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { undoForeword } from "../../undo-words.ts";

export interface CleanupRun extends CleanupReport {
  readonly project: string;
  readonly reason: string;
  readonly ticket: string | null;
  /** In words: an admin, or the key that a schedule uses. */
  readonly actor: string;
}

const contents: Readonly<Record<string, string>> = {
  "rate-limits": "rows of the log of rate limits",
  "rate-limit-state": "counts that no limit needs any more",
  "rate-limit-reservations": "reservations with nothing to give back",
  idempotency: "expired idempotency keys",
  errors: "error rows",
  "deleted-jobs": "jobs deleted by their users, with their videos",
};

type Target = CleanupReport["targets"][number];

const named: readonly Column<Target>[] = [{ head: "target", cell: ({ target }) => target, minimum: 12 }];

/** What a cleanup would delete, and where. */
export function cleanupPlanView(run: CleanupRun, { width, zone }: Look): Document {
  return [
    line(toned(`Delete from ${run.project}`, "strong")),
    columnsTable(
      [
        ...named,
        { head: "what", cell: ({ target }) => contents[target] ?? "", minimum: 9, screen: 70 },
        timeColumn("older than", ({ olderThan }) => olderThan, run.targets, zone, { minimum: 10 }),
        { head: "rows", cell: ({ wouldDelete }) => `${wouldDelete ?? 0}`, right: true },
      ],
      run.targets,
      width,
    ),
    why(run),
    ...undoForeword("cleanup"),
    line(toned("The ledger and the audit are not touched.", "quiet")),
  ];
}

function why({ reason, ticket, actor }: CleanupRun): Block {
  return fields([
    ["reason", reason],
    ["ticket", ticket],
    ["acting", actor],
  ]);
}

/** Where the batches are recorded. */
function recorded({ targets }: CleanupRun): Block[] {
  const ids = targets.flatMap(({ actionIds }) => actionIds);
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return [];
  const which = first === last ? `admin action ${first}` : `${ids.length} admin actions, ${first} to ${last}`;
  return [line(toned(`Recorded as ${which}.`, "quiet"))];
}

/** What a cleanup did, or would do on a dry run. */
export function cleanupView(run: CleanupRun, look: Look): Document {
  if (run.dryRun)
    return [...cleanupPlanView(run, look), line(toned("Dry run: nothing was deleted.", "quiet"))];
  const left = run.targets.some((target) => target.more);
  return [
    line(
      run.deleted === 0 && !left
        ? toned("Nothing to clean.", "good")
        : toned(`Deleted ${run.deleted} rows from ${run.project}`, "good"),
    ),
    columnsTable(
      [
        ...named,
        timeColumn("older than", ({ olderThan }) => olderThan, run.targets, look.zone, { screen: 60 }),
        { head: "deleted", cell: ({ deleted }) => `${deleted}`, right: true },
        { head: "batches", cell: ({ batches }) => `${batches}`, right: true, screen: 60 },
        { head: "left", cell: ({ more }) => (more ? toned("more", "warning") : "none") },
      ],
      run.targets,
      look.width,
    ),
    ...(left && !run.interrupted
      ? [line("Some rows were left, in use by another cleanup or by the app: run it again.")]
      : []),
    ...recorded(run),
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
      action_ids: target.actionIds,
    })),
    reason: run.reason,
    ticket: run.ticket,
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
