import type { LimitState } from "@vidops/core/rate-limit";
import { formatDuration } from "../../durations.ts";
import { type Column, columnsTable } from "../../output/columns.ts";
import { type Block, type Document, line, toned } from "../../output/document.ts";
import { showMoment, timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import { nextCommand } from "../next-command.ts";
import { stateRow, waitWords } from "./limit-words.ts";
import { type Subject, subjectData } from "./subject.ts";

/** How the limits of one subject stand for an action. */
export interface CheckReport {
  readonly subject: Subject;
  readonly action: string;
  readonly limits: readonly LimitState[];
}

const columns: readonly Column<LimitState>[] = [
  { head: "limit", cell: ({ name }) => name },
  {
    head: "used",
    cell: ({ limit, remaining, allowed }) =>
      allowed ? `${limit - remaining} of ${limit}` : toned(`${limit - remaining} of ${limit}`, "bad"),
    right: true,
  },
  { head: "in", cell: ({ windowSeconds }) => formatDuration(windowSeconds) },
  { head: "left", cell: ({ remaining }) => `${remaining}`, right: true, screen: 60 },
  {
    head: "next fits",
    cell: ({ retryAfterMs }) => (retryAfterMs === 0 ? "now" : `in ${waitWords(retryAfterMs)}`),
  },
];

/** Limits as a table. */
export function statesTable(limits: readonly LimitState[], { width, zone }: Look): Block {
  const free = timeColumn("all free", ({ resetAt }: LimitState) => resetAt, limits, zone, { screen: 60 });
  return columnsTable([...columns, free], limits, width);
}

/** Whom rules would be for: an address may well be limited where its user is not. */
const ruled = { ip: "addresses", user: "users", global: "everybody" } as const;

/** How limits stand, for people. */
export function checkView(report: CheckReport, look: Look): Document {
  const { subject, action, limits } = report;
  const next = (words: readonly string[]): string => nextCommand(words, look.flags);
  const { name, typed } = subject;
  if (limits.length === 0)
    return [
      line(
        `Nothing limits ${name} in ${action}: no rule is for ${ruled[subject.per]}, and nothing was counted.`,
      ),
      line(toned(`Actions with rules: ${next(["limits", "list"])}`, "quiet")),
    ];
  const refused = refusedUntil(limits);
  return [
    line(
      refused === null
        ? toned(`${action}: ${name} would be admitted now`, "good")
        : toned(`${action}: ${name} would be refused until ${showMoment(refused, look.zone)}`, "bad"),
    ),
    ...(typed === null ? [] : [line(toned(`${typed} counts in the bucket ${name}.`, "quiet"))]),
    statesTable(limits, look),
    ...(subject.per === "ip"
      ? [
          line(
            toned(
              `By the rules of the free tier; of all tiers: ${next(["limits", "list", action])}`,
              "quiet",
            ),
          ),
        ]
      : []),
    ...(refused === null
      ? []
      : [
          line(
            toned(
              `Let them in: ${next(["limits", "reset", resetWord(report), action, "--reason", "WHY"])}`,
              "quiet",
            ),
          ),
        ]),
    ...(subject.per === "global"
      ? []
      : [
          line(
            toned(`What was refused: ${next(["limits", "log", subject.word, "--action", action])}`, "quiet"),
          ),
        ]),
  ];
}

/** What has to be reset: the limit that refuses may be everybody's. */
function resetWord({ subject, limits }: CheckReport): string {
  return limits.some(({ per, allowed }) => !allowed && per === subject.per) ? subject.word : "global";
}

/** Until when the next request is refused, by the database's clock: ISO 8601; null when it is not. */
export function refusedUntil(limits: readonly LimitState[]): string | null {
  const times = limits
    .filter(({ allowed }) => !allowed)
    .map(({ resetAt, resetAfterMs, retryAfterMs }) => Date.parse(resetAt) - resetAfterMs + retryAfterMs);
  return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
}

/** The same as rows for csv and ndjson. */
export function checkRows({ limits }: CheckReport): NonNullable<Result["list"]> {
  return {
    columns: [
      "name",
      "per",
      "subject",
      "used",
      "limit",
      "window_seconds",
      "remaining",
      "allowed",
      "retry_after_ms",
      "reset_at",
    ],
    rows: limits.map(stateRow),
  };
}

/** The same as JSON data. */
export function checkData({ subject, action, limits }: CheckReport): Record<string, unknown> {
  return {
    action,
    ...subjectData(subject),
    allowed: limits.every(({ allowed }) => allowed),
    refused_until: refusedUntil(limits),
    limits: limits.map(stateRow),
  };
}
