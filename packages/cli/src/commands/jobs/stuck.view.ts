import type { StuckJob, StuckJobPage } from "@vidops/core/jobs";
import { formatDuration } from "../../durations.ts";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";
import { jobColumns, jobRow, ownerOf, statusText, waited } from "./job-rows.ts";
import type { StuckInput } from "./stuck-input.ts";

// From 80 cells on a job's id is whole, so that it can be copied.
const columns: readonly Column<StuckJob>[] = [
  { head: "job", cell: ({ jobId }) => jobId, minimum: 20, shortMinimum: 8 },
  { head: "status", cell: statusText },
  { head: "for", cell: ({ waitingSeconds }) => waited(waitingSeconds), right: true },
  { head: "provider", cell: ({ provider }) => provider, minimum: 4 },
  { head: "their id", cell: ({ providerJobId }) => providerJobId ?? "none", minimum: 8, screen: 120 },
  { head: "credits", cell: ({ creditsUsed }) => `${creditsUsed}`, right: true, screen: 90 },
  { head: "user", cell: ownerOf, minimum: 12, screen: 70 },
];

/** Jobs that hang, as a table. */
export function stuckTable(jobs: readonly StuckJob[], { width, zone }: Look): Block {
  const asked = timeColumn("asked", ({ providerCheckedAt }: StuckJob) => providerCheckedAt, jobs, zone, {
    screen: 130,
  });
  return columnsTable([...columns, asked], jobs, width);
}

/** A page of what hangs, for people. */
export function stuckView({ jobs, nextCursor }: StuckJobPage, input: StuckInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const first = jobs[0];
  if (first === undefined)
    return [
      line(
        input.cursor === null
          ? toned(`Nothing hangs for more than ${formatDuration(input.olderThanSeconds)}.`, "good")
          : "No more jobs.",
      ),
    ];
  return [
    stuckTable(jobs, look),
    line(toned(`Ask the providers, and settle them: ${next([...input.words, "--settle"])}`, "quiet")),
    line(toned(`One of them whole: ${next(["jobs", "show", first.jobId])}`, "quiet")),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

/** A job that hangs as JSON data, and as a row for csv and ndjson. */
export function stuckRow(job: StuckJob): Row {
  return { ...jobRow(job), provider_checked_at: job.providerCheckedAt, waiting_seconds: job.waitingSeconds };
}

/** The same as rows for csv and ndjson. */
export function stuckRows({ jobs }: StuckJobPage): NonNullable<Result["list"]> {
  return { columns: [...jobColumns, "provider_checked_at", "waiting_seconds"], rows: jobs.map(stuckRow) };
}

/** The same as JSON data. */
export function stuckData({ jobs, nextCursor }: StuckJobPage): Record<string, unknown> {
  return { jobs: jobs.map(stuckRow), next_cursor: nextCursor };
}
