import type { ErrorGroup } from "@vidops/core/error-log";
import { plain } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { showMinute, showRange } from "../../output/local-time.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { filterWords } from "./error-filters.ts";
import type { TopInput } from "./top-input.ts";
import { comparable, groupsTable, type TopLook, type TopReport } from "./top-table.ts";
import { trendOf } from "./trend.ts";

/** The most frequent groups of errors, for people. */
export function topView(report: TopReport, input: TopInput, look: TopLook): Document {
  const { groups, total, countedSince } = report;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const range = showRange(report.since, report.until, look.zone);
  const [first] = groups;
  if (first === undefined)
    return [
      line(toned(`No errors from ${range}.`, "good")),
      line(toned(`Further back: ${next(furtherBack(report, input))}`, "quiet")),
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
        : `No trend: errors are counted since ${showMinute(countedSince, look.zone)} only.`,
      show && drillDown(show, input, next),
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

/**
 * What a group counts. An endpoint is counted without its ids, for which `errors list` cannot be asked; alike errors are of
 * one endpoint anyway.
 */
function drillDown(
  { key }: ErrorGroup,
  { by, filters, ...range }: TopInput,
  next: (words: readonly string[]) => string,
): string {
  const wanted = { ...filters, [by]: key };
  const [what, command, narrowed] =
    by !== "fingerprint" && wanted.endpoint !== null
      ? (["What they are", ["top", "--by", "fingerprint"], wanted] as const)
      : (["These errors", ["list"], { ...wanted, endpoint: null }] as const);
  return `${what}: ${next(["errors", ...command, ...filterWords(narrowed), ...timeWords(range)])}`;
}

const week = 7 * 86_400_000;

/** The same, of the last seven days; where those are no more than what was asked for, from seven days earlier on. */
function furtherBack({ since, until }: TopReport, { by, filters, untilWord }: TopInput): string[] {
  const start = Date.parse(since);
  const sinceWord =
    untilWord === null && Date.parse(until) - start < week ? "7d" : new Date(start - week).toISOString();
  return [
    ...["errors", "top", ...(by === "code" ? [] : ["--by", by])],
    ...filterWords(filters),
    ...timeWords({ sinceWord, untilWord }),
  ];
}

function timeWords({ sinceWord, untilWord }: Pick<TopInput, "sinceWord" | "untilWord">): string[] {
  return ["--since", sinceWord, ...(untilWord === null ? [] : ["--until", untilWord])];
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
