import type { ErrorGroup } from "@vidops/core/error-log";
import { plain } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { filterWords } from "./error-filters.ts";
import { showTime } from "./error-rows.ts";
import type { TopInput } from "./top-input.ts";
import { comparable, groupsTable, type TopLook, type TopReport } from "./top-table.ts";
import { trendOf } from "./trend.ts";

/** The most frequent groups of errors, for people. */
export function topView(report: TopReport, input: TopInput, look: TopLook): Document {
  const { groups, total, countedSince } = report;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const range = `${minute(report.since)} to ${minute(report.until)} (UTC)`;
  const [first] = groups;
  if (first === undefined)
    return [
      line(toned(`No errors from ${range}.`, "good")),
      line(toned(`Further back: ${next(["errors", "top", "--since", "7d"])}`, "quiet")),
    ];
  const rest = total - groups.reduce((sum, { count }) => sum + count, 0);
  const known = comparable(report);
  const show = first.count === 0 ? null : first;
  return [
    line(toned(headline(report), "strong")),
    ...notes([`${range}${known ? ", against the time before" : ""}`]),
    groupsTable(report, look),
    ...notes([
      rest > 0 ? `${rest} more in other groups: --limit ${Math.min(100, input.limit * 2)} shows more.` : null,
      known || countedSince === null
        ? null
        : `No trend: errors are counted since ${minute(countedSince)} only.`,
      show &&
        `${report.by === "endpoint" ? "What they are" : "These errors"}: ${next(drillDown(show, input))}`,
      show?.example ? `One of them: ${next(["errors", "show", show.example])}` : null,
    ]),
  ];
}

function notes(texts: readonly (string | null)[]): Block[] {
  return texts.flatMap((text) => (text === null ? [] : [line(toned(text, "quiet"))]));
}

/** What somebody must know who reads one line only. */
function headline(report: TopReport): string {
  const trend = plain(trendOf(report.total, comparable(report) ? report.previousTotal : null));
  const errors = `${report.total} ${report.total === 1 ? "error" : "errors"}`;
  if (trend === "new") return `${errors}, none before`;
  if (trend === "gone") return `No errors, ${report.previousTotal} before`;
  return trend === "" ? errors : `${errors}, ${trend}`;
}

/** A time to the minute: counts are of five minutes. */
function minute(iso: string): string {
  return showTime(iso).slice(0, "2026-11-25 09:30".length);
}

/** What a group counts. An endpoint stands there without its ids, for which `errors list` cannot be asked. */
function drillDown({ key }: ErrorGroup, { by, filters, sinceWord }: TopInput): string[] {
  const what = by === "endpoint" ? ["top", "--by", "fingerprint"] : ["list"];
  const words = filterWords({ ...filters, endpoint: by === "endpoint" ? null : filters.endpoint, [by]: key });
  return ["errors", ...what, ...words, "--since", sinceWord];
}

const columns = [
  "key",
  "code",
  "endpoint",
  "fingerprint",
  "count",
  "previous_count",
  "last_seen",
  "example",
  "summary",
] as const;

/** The same as rows for csv and ndjson. */
export function topRows(report: TopReport): NonNullable<Result["list"]> {
  const known = comparable(report);
  const rows = report.groups.map((group) => ({
    key: group.key,
    code: group.code,
    endpoint: group.endpoint,
    fingerprint: group.fingerprint,
    count: group.count,
    previous_count: known ? group.previousCount : null,
    last_seen: group.lastSeen,
    example: group.example,
    summary: group.summary,
  }));
  return { columns, rows };
}

/** The same as JSON data; `slots` are counts of `slot_seconds` each, oldest first. */
export function topData(report: TopReport): Record<string, unknown> {
  const known = comparable(report);
  return {
    by: report.by,
    since: report.since,
    until: report.until,
    previous_since: report.previousSince,
    counted_since: report.countedSince,
    total: report.total,
    previous_total: known ? report.previousTotal : null,
    slot_seconds: report.slotSeconds,
    groups: topRows(report).rows.map((row, at) => ({ ...row, slots: report.groups[at]?.slots ?? [] })),
  };
}
