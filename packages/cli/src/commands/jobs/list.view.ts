import type { JobPage, OperatorJob } from "@vidops/core/jobs";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { costText, jobColumns, jobRow, ownerOf, statusText } from "./job-rows.ts";
import type { ListInput } from "./list-input.ts";

// From 80 cells on a job's id is whole, so that it can be copied. What a narrow screen has no room for is whole in `jobs show <id>`, in a pipe and with --json.
const columns: readonly Column<OperatorJob>[] = [
  { head: "job", cell: ({ jobId }) => jobId, minimum: 20, shortMinimum: 8 },
  { head: "status", cell: statusText, minimum: 10 },
  { head: "credits", cell: costText, right: true, screen: 100 },
  { head: "user", cell: ownerOf, minimum: 8, screen: 60 },
  { head: "model", cell: ({ modelName }) => modelName, minimum: 9, screen: 110 },
  { head: "provider", cell: ({ provider }) => provider, screen: 120 },
  { head: "reason", cell: ({ errorReason }) => errorReason ?? "", minimum: 10, screen: 130 },
  { head: "prompt", cell: ({ prompt }) => prompt ?? "", minimum: 10, screen: 150 },
];

/** A page of jobs, for people. */
export function listView({ jobs, nextCursor }: JobPage, input: ListInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const first = jobs[0];
  if (first === undefined) {
    if (input.cursor !== null) return [line("No more jobs.")];
    return [line(input.words.length > 2 ? "No jobs that fit." : "Nobody has ordered anything yet.")];
  }
  const time = timeColumn("ordered", ({ createdAt }: OperatorJob) => createdAt, jobs, look.zone);
  return [
    columnsTable([time, ...columns], jobs, look.width),
    line(toned(`One of them whole: ${next(["jobs", "show", first.jobId])}`, "quiet")),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

/** The same as rows for csv and ndjson. */
export function listRows({ jobs }: JobPage): NonNullable<Result["list"]> {
  return { columns: jobColumns, rows: jobs.map(jobRow) };
}

/** The same as JSON data. */
export function listData({ jobs, nextCursor }: JobPage): Record<string, unknown> {
  return { jobs: jobs.map(jobRow), next_cursor: nextCursor };
}
