import type { ErrorPage, LoggedError } from "@vidops/core/error-log";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import { showMoment, timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { codeText, errorColumns, errorRow } from "./error-rows.ts";
import type { ListInput } from "./list-input.ts";

// What a narrow screen has no room for is whole in `errors show <id>`, in a pipe and with --json.
const columns: readonly Column<LoggedError>[] = [
  { head: "id", cell: ({ id }) => id },
  { head: "code", cell: ({ code }) => codeText(code) },
  { head: "endpoint", cell: ({ endpoint }) => endpoint, minimum: 16, keep: "end", screen: 80 },
  { head: "user", cell: ({ userId }) => userId ?? "", minimum: 8, screen: 100 },
  { head: "request id", cell: ({ requestId }) => requestId ?? "", minimum: 10, screen: 100 },
  { head: "summary", cell: ({ summary }) => summary ?? "", minimum: 20 },
];

/** A page of the error log, for people. */
export function listView({ entries, nextCursor }: ErrorPage, input: ListInput, look: Look): Document {
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const first = entries[0];
  if (first === undefined) return noErrors(input, look, next);
  return [
    columnsTable(
      [timeColumn("time", ({ createdAt }) => createdAt, entries, look.zone), ...columns],
      entries,
      look.width,
    ),
    line(toned(`One of them whole: ${next(["errors", "show", first.id])}`, "quiet")),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

function noErrors(
  { filters, since, until, cursor }: ListInput,
  { zone }: Look,
  next: (words: readonly string[]) => string,
): Document {
  const narrowed = Object.values(filters).some((value) => value !== null);
  if (cursor !== null) return [line("No more errors.")];
  if (!narrowed && since === null && until === null) return [line("No errors are stored.")];
  const range = [
    since === null ? "" : ` since ${showMoment(since.toISOString(), zone)}`,
    until === null ? "" : ` before ${showMoment(until.toISOString(), zone)}`,
  ].join("");
  return [
    line(`No errors${narrowed ? " match" : ""}${range}.`),
    line(toned(`See what there is: ${next(["errors", "top", "--since", "7d"])}`, "quiet")),
  ];
}

/** The same as rows for csv and ndjson. */
export function listRows({ entries }: ErrorPage): NonNullable<Result["list"]> {
  return { columns: errorColumns, rows: entries.map(errorRow) };
}

/** The same as JSON data. */
export function listData(page: ErrorPage): Record<string, unknown> {
  return { errors: page.entries.map(errorRow), next_cursor: page.nextCursor };
}
