import { isVidopsError } from "@vidops/core/errors";
import type { StuckJob, SweptGeneration } from "@vidops/core/jobs";
import { CommandError } from "../../command-error.ts";
import { type Column, columnsTable } from "../../output/columns.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, line, type Text, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";
import { underWay } from "./ask-provider.ts";
import { ownerOf, waited } from "./job-rows.ts";
import { stuckTable } from "./stuck.view.ts";

/** What became of one job. */
export interface SettledJob {
  readonly job: StuckJob;
  readonly outcome: SweptGeneration;
}

/** Jobs that were settled, or would be. */
export interface SettlingRun {
  readonly jobs: readonly StuckJob[];
  readonly settled: readonly SettledJob[];
  /** Providers that cannot be asked, and the variables that would let them. */
  readonly missing: { readonly names: readonly string[]; readonly variables: readonly string[] } | null;
  /** True when more hang than one page holds. */
  readonly more: boolean;
  readonly dryRun: boolean;
  readonly interrupted: boolean;
  readonly project: string;
  /** The list in words. */
  readonly words: readonly string[];
}

/** How many could not be settled: nobody can tell how they stand. */
export function unsettled({ settled }: SettlingRun): number {
  return settled.filter(({ outcome }) => outcome.outcome === "error" || outcome.outcome === "unknown").length;
}

/** What would be asked about, and where. */
export function settlePlanView(run: SettlingRun, look: Look): Document {
  return [
    line(toned(`Ask the providers about what hangs on ${run.project}`, "strong")),
    stuckTable(run.jobs, look),
    ...missingLine(run),
    line(
      toned(
        "What has completed gets its video; what failed, or was never taken, is failed and its credits go back. What runs is left.",
        "quiet",
      ),
    ),
  ];
}

function missingLine({ missing }: SettlingRun): Block[] {
  if (missing === null) return [];
  const { names, variables } = missing;
  return [
    line(toned(`${names.join(" and ")} cannot be asked: ${variables.join(" and ")} is not set.`, "warning")),
  ];
}

// What became of a job is said here alone, so neither that nor its id is cut; a long line goes on below.
const columns: readonly Column<SettledJob>[] = [
  { head: "job", cell: ({ job }) => job.jobId, minimum: 36, shortMinimum: 8 },
  { head: "provider", cell: ({ job }) => job.provider, screen: 100 },
  { head: "hung for", cell: ({ job }) => waited(job.waitingSeconds), right: true, screen: 80 },
  { head: "user", cell: ({ job }) => ownerOf(job), minimum: 12, screen: 130 },
  { head: "outcome", cell: ({ outcome }) => outcomeText(outcome) },
];

/** What became of jobs, or on a dry run would be asked. */
export function settledView(run: SettlingRun, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  if (run.jobs.length === 0) return [line(toned("Nothing hangs: there is nothing to settle.", "good"))];
  if (run.dryRun) return [...settlePlanView(run, look), line(toned("Dry run: nobody was asked.", "quiet"))];
  const left = unsettled(run);
  return [
    columnsTable(columns, run.settled, look.width),
    ...missingLine(run),
    ...(left === 0
      ? []
      : [
          line(
            toned(
              `${left === 1 ? "One job" : `${left} jobs`} could not be settled. To end one by hand (with --without-asking where its provider is gone): ${next(["jobs", "fail", "JOB", "--reason", "WHY"])}`,
              "warning",
            ),
          ),
        ]),
    ...(run.more ? [line(toned(`More of them hang: ${next([...run.words, "--settle"])}`, "quiet"))] : []),
  ];
}

function outcomeText(swept: SweptGeneration): Text {
  switch (swept.outcome) {
    case "completed":
      return toned(swept.late ? "delivered free, after it had failed" : "completed", "good");
    case "failed":
      return toned(`failed (${swept.reason}), ${credits(swept.creditsRefunded)} back`, "warning");
    case "running":
      return underWay(swept);
    case "unknown":
      return toned(`cannot be told: ${swept.reason.replaceAll("_", " ")}`, "warning");
    default:
      return toned(`not settled: ${messageOf(swept.error)}`, "bad");
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const rowColumns = [
  "job_id",
  "user_id",
  "email",
  "provider",
  "provider_job_id",
  "waiting_seconds",
  "outcome",
  "changed",
  "late",
  "credits_refunded",
  "reason",
  "error_code",
  "error_message",
] as const;

/** What became of a job as JSON data, and as a row for csv and ndjson. */
export function settledRow({ job, outcome }: SettledJob): Row {
  const error = outcome.outcome === "error" ? outcome.error : null;
  return {
    job_id: job.jobId,
    user_id: job.userId,
    email: job.email,
    provider: job.provider,
    provider_job_id: job.providerJobId,
    waiting_seconds: job.waitingSeconds,
    outcome: outcome.outcome,
    changed: "changed" in outcome ? outcome.changed : false,
    late: outcome.outcome === "completed" ? outcome.late : false,
    credits_refunded: outcome.outcome === "failed" ? outcome.creditsRefunded : 0,
    reason: "reason" in outcome ? outcome.reason : isVidopsError(error) ? error.reason : null,
    error_code: outcome.outcome === "failed" ? outcome.code : isVidopsError(error) ? error.code : null,
    error_message: error === null ? null : messageOf(error),
  };
}

/** The same as rows for csv and ndjson. */
export function settledRows({ settled }: SettlingRun): NonNullable<Result["list"]> {
  return { columns: rowColumns, rows: settled.map(settledRow) };
}

/** The same as JSON data. */
export function settledData(run: SettlingRun): Record<string, unknown> {
  const count = (outcome: SweptGeneration["outcome"]): number =>
    run.settled.filter((one) => one.outcome.outcome === outcome).length;
  return {
    found: run.jobs.length,
    completed: count("completed"),
    failed: count("failed"),
    running: count("running"),
    unknown: count("unknown"),
    errors: count("error"),
    more: run.more,
    dry_run: run.dryRun,
    interrupted: run.interrupted,
    missing_keys: run.missing?.variables ?? [],
    jobs: run.dryRun
      ? run.jobs.map((job) => ({
          job_id: job.jobId,
          provider: job.provider,
          waiting_seconds: job.waitingSeconds,
        }))
      : run.settled.map(settledRow),
    project: run.project,
  };
}

/** The error of a settling that was stopped between two jobs. */
export function interruptedSettling(run: SettlingRun): CommandError {
  return new CommandError(
    "CLI_INTERRUPTED",
    `Interrupted; ${run.settled.length} of ${run.jobs.length} jobs were settled before.`,
    {
      hint: "Running the same command again goes on where it stopped.",
      details: settledData(run),
    },
  );
}
