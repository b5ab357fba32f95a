import type { LoggedRateLimit, RateLimitLogPage } from "@vidops/core/rate-limit";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { nextCommand } from "../next-command.ts";
import type { LogInput } from "./log-input.ts";

// What a narrow screen has no room for is whole in a pipe and with --json.
const columns: readonly Column<LoggedRateLimit>[] = [
  { head: "verdict", cell: ({ allowed }) => (allowed ? "admitted" : toned("refused", "warning")) },
  { head: "requests", cell: ({ requests }) => `${requests}`, right: true, screen: 60 },
  { head: "action", cell: ({ action }) => action, minimum: 7 },
  { head: "address", cell: ({ ip }) => ip ?? "", minimum: 10 },
  { head: "limit", cell: ({ limitName }) => limitName ?? "", minimum: 10, screen: 100 },
  { head: "user", cell: ({ userId }) => userId ?? "", minimum: 9, screen: 100 },
];

/** A page of the log, for people. */
export function logView(page: RateLimitLogPage, input: LogInput, look: Look): Document {
  const { entries, nextCursor } = page;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  if (entries.length === 0)
    return [
      line(input.cursor === null ? `No requests are in the log${narrowed(input)}.` : "No more requests."),
      ...bucketNote(input),
      line(toned(`Who is refused: ${next(["limits", "top", "--since", "7d"])}`, "quiet")),
    ];
  return [
    ...bucketNote(input),
    columnsTable([timeOf(entries, look), ...columns], entries, look.width),
    ...(nextCursor === null
      ? []
      : [line(toned(`More: ${next([...input.words, "--cursor", nextCursor])}`, "quiet"))]),
  ];
}

function timeOf(entries: readonly LoggedRateLimit[], { zone }: Look): Column<LoggedRateLimit> {
  return timeColumn("time", ({ createdAt }) => createdAt, entries, zone, { minimum: 9, keep: "end" });
}

/** The bucket, where another address was typed. */
function bucketNote({ reference }: LogInput): Block[] {
  if (reference?.per !== "ip" || reference.bucket === reference.typed) return [];
  return [line(toned(`${reference.typed} is logged as ${reference.bucket}.`, "quiet"))];
}

function narrowed({ reference, action, allowed, since, until }: LogInput): string {
  const given = [reference, action, allowed, since, until].some((filter) => filter !== null);
  return given ? " that fit" : "";
}

/** A row as JSON data and for csv and ndjson. */
function logRow(entry: LoggedRateLimit): Row {
  return {
    id: entry.id,
    created_at: entry.createdAt,
    allowed: entry.allowed,
    requests: entry.requests,
    action: entry.action,
    ip: entry.ip,
    user_id: entry.userId,
    limit: entry.limitName,
  };
}

/** The same as rows for csv and ndjson. */
export function logRows({ entries }: RateLimitLogPage): NonNullable<Result["list"]> {
  return {
    columns: ["id", "created_at", "allowed", "requests", "action", "ip", "user_id", "limit"],
    rows: entries.map(logRow),
  };
}

/** The same as JSON data; `bucket` is what an address that was typed is logged as. */
export function logData(
  { entries, nextCursor }: RateLimitLogPage,
  { reference }: LogInput,
): Record<string, unknown> {
  return {
    bucket: reference?.per === "ip" ? reference.bucket : null,
    requests: entries.map(logRow),
    next_cursor: nextCursor,
  };
}
