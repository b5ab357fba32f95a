import type { RateLimitGroup, TopRateLimits } from "@vidops/core/rate-limit";
import { type Column, columnsTable, plain } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { showMinute, showRange, timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { sparkline } from "../../output/sparkline.ts";
import { trendOf } from "../errors/trend.ts";
import { nextCommand } from "../next-command.ts";
import type { TopInput } from "./top-input.ts";

/** For whom a ranking is drawn. */
export interface TopLook extends Look {
  /** Whether bars are drawn, one for each slot of time. */
  readonly bars: boolean;
}

/** Who is refused most, for people. */
export function topView(report: TopRateLimits, input: TopInput, look: TopLook): Document {
  const { groups, total, loggedSince } = report;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const range = showRange(report.since, report.until, look.zone);
  const [first] = groups;
  if (first === undefined)
    return [
      line(toned(`Nobody was refused from ${range}.`, "good")),
      line(toned(`Further back: ${next(furtherBack(report, input))}`, "quiet")),
    ];
  const rest = total - groups.reduce((sum, { denied }) => sum + denied, 0);
  const known = comparable(report);
  return [
    line(toned(headline(report), "strong")),
    ...notes([`${range}${known ? ", against the time before" : ""}`]),
    columnsTable([...nameColumns(input), ...numberColumns(report, look)], groups, look.width),
    ...notes([
      rest > 0 ? `${rest} more in other groups: --limit ${Math.min(100, input.limit * 2)} shows more.` : null,
      known
        ? null
        : `No trend: the log begins at ${showMinute(loggedSince ?? report.since, look.zone)} only.`,
      ...(first.denied === 0 ? [] : goOn(first, input).map(([what, words]) => `${what}: ${next(words)}`)),
    ]),
  ];
}

function notes(texts: readonly (string | null)[]): Block[] {
  return texts.flatMap((text) => (text === null ? [] : [line(toned(text, "quiet"))]));
}

/** Whether the period before is in the log; if not, nothing can be said of a trend. */
function comparable({ loggedSince, previousSince }: TopRateLimits): boolean {
  return loggedSince === null || Date.parse(loggedSince) <= Date.parse(previousSince);
}

/** What somebody must know who reads one line only. */
function headline(report: TopRateLimits): string {
  const trend = plain(trendOf(report.total, comparable(report) ? report.previousTotal : null));
  const refused = `${report.total} ${report.total === 1 ? "request" : "requests"} refused`;
  if (trend === "new") return `${refused}, none before`;
  if (trend === "gone") return `No request refused, ${report.previousTotal} before`;
  return trend === "" ? refused : `${refused}, ${trend}`;
}

const nobody = { ip: "unknown", user: "(no user)", action: "", limit: "(from memory)" } as const;

/** What names a group. */
function nameColumns({ by }: TopInput): Column<RateLimitGroup>[] {
  const key: Column<RateLimitGroup> = {
    head: by === "ip" ? "address" : by,
    cell: (group) => group.email ?? group.key ?? nobody[by],
    minimum: 12,
  };
  const action: Column<RateLimitGroup> = { head: "action", cell: (group) => group.action ?? "", minimum: 8 };
  return by === "limit" ? [action, key] : [key];
}

/** How often and when. */
function numberColumns(report: TopRateLimits, { bars, width, zone }: TopLook): Column<RateLimitGroup>[] {
  const known = comparable(report);
  const room = width === null || width >= 120 ? 24 : 12;
  return [
    { head: "refused", cell: ({ denied }) => `${denied}`, right: true },
    ...(report.by === "limit"
      ? []
      : [
          {
            head: "admitted",
            cell: ({ allowed }: RateLimitGroup) => `${allowed ?? ""}`,
            right: true,
            screen: 60,
          },
        ]),
    {
      head: "trend",
      cell: (group) => trendOf(group.denied, known ? group.previousDenied : null),
      right: true,
    },
    ...(bars
      ? [{ head: "when", cell: ({ slots }: RateLimitGroup) => sparkline(slots, room), screen: 60 }]
      : []),
    timeColumn("last", ({ lastAt }) => lastAt, report.groups, zone, { screen: 100 }),
  ];
}

/** What to look at next, of a group. */
function goOn(
  { key, action, email }: RateLimitGroup,
  { by, action: asked, timeWords }: TopInput,
): (readonly [what: string, words: readonly string[]])[] {
  const narrowed = action ?? asked;
  const actionWords = narrowed === null ? [] : ["--action", narrowed];
  if (by === "action" || by === "limit")
    return [["Who it was", ["limits", "top", "--by", "ip", ...actionWords, ...timeWords]]];
  if (by === "user" && key === null) return [];
  const who = email ?? key ?? "unknown";
  return [
    ["Its log", ["limits", "log", who, "--denied", ...actionWords, ...timeWords]],
    ...(narrowed === null ? [] : [["How it stands", ["limits", "check", who, narrowed]] as const]),
  ];
}

const week = 7 * 86_400_000;

/** The same, of the last seven days; where those are no more than what was asked for, from seven days earlier on. */
function furtherBack({ since, until }: TopRateLimits, { by, action, timeWords }: TopInput): string[] {
  const [, , ...untilWords] = timeWords;
  const start = Date.parse(since);
  const sinceWord =
    untilWords.length === 0 && Date.parse(until) - start < week ? "7d" : new Date(start - week).toISOString();
  return [
    ...["limits", "top", ...(by === "ip" ? [] : ["--by", by])],
    ...(action === null ? [] : ["--action", action]),
    ...["--since", sinceWord, ...untilWords],
  ];
}

const columns = ["key", "action", "email", "denied", "previous_denied", "allowed", "last_at"] as const;

/** The same as rows for csv and ndjson. */
export function topRows(report: TopRateLimits): NonNullable<Result["list"]> {
  return { columns, rows: report.groups.map((group) => groupRow(group, comparable(report))) };
}

function groupRow(group: RateLimitGroup, known: boolean): Row {
  return {
    key: group.key,
    action: group.action,
    email: group.email,
    denied: group.denied,
    previous_denied: known ? group.previousDenied : null,
    allowed: group.allowed,
    last_at: group.lastAt,
  };
}

/** The same as JSON data; `slots` are counts of `slot_seconds` each, oldest first. */
export function topData(report: TopRateLimits): Record<string, unknown> {
  const known = comparable(report);
  return {
    by: report.by,
    since: report.since,
    until: report.until,
    previous_since: report.previousSince,
    logged_since: report.loggedSince,
    total: report.total,
    previous_total: known ? report.previousTotal : null,
    slot_seconds: report.slotSeconds,
    groups: report.groups.map((group) => ({ ...groupRow(group, known), slots: group.slots })),
  };
}
