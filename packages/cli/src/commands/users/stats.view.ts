import type { UserActivity } from "@vidops/core/users";
import { type Column, columnsTable, plain } from "../../output/columns.ts";
import { type Document, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import type { Result } from "../../output/output.ts";
import type { Row } from "../../output/rows.ts";
import { sparkline } from "../../output/sparkline.ts";
import { trendOf } from "../errors/trend.ts";
import type { StatsReport } from "./stats.handler.ts";

/** For whom numbers are drawn. */
export interface StatsLook extends Look {
  /** Whether bars are drawn, one for each day. */
  readonly bars: boolean;
}

type Measure = keyof UserActivity;

const labels: readonly (readonly [measure: Measure, label: string, short: string])[] = [
  ["generations", "generations", "jobs"],
  ["failures", "of these failed", "failed"],
  ["spent", "credits spent", "spent"],
  ["refunded", "refunded", "back"],
  ["purchased", "bought", "bought"],
  ["granted", "granted", "granted"],
  ["adjusted", "adjusted by admins", "adj."],
  ["activeUsers", "active users", "active"],
];

/** What users did, for people. */
export function statsView(report: StatsReport, byDay: boolean, look: StatsLook): Document {
  const { user, days } = report;
  const count = days.length === 1 ? "1 day" : `${days.length} days`;
  return [
    line(
      toned(
        `${user === null ? "All users" : user.name}: ${dayOf(report.since)} to ${days.at(-1)?.day ?? ""}`,
        "strong",
      ),
    ),
    columnsTable(totalColumns(report, look), shownMeasures(report), look.width),
    ...(byDay ? [line(), columnsTable(dayColumns(report, look), days, look.width)] : []),
    line(
      toned(
        `Days of UTC; the trend is against the ${count} before, from ${dayOf(report.previousSince)} on.`,
        "quiet",
      ),
    ),
    ...(isEstimate(report)
      ? [line(toned("~ of more than 1000 active users the total is an estimate, to some 3 %.", "quiet"))]
      : []),
  ];
}

/** Of one user, how many users were active says nothing. */
function shownMeasures({ user }: StatsReport): typeof labels {
  return user === null ? labels : labels.filter(([measure]) => measure !== "activeUsers");
}

function totalColumns(report: StatsReport, look: StatsLook): Column<(typeof labels)[number]>[] {
  const { totals, previous, days } = report;
  const room = Math.min(days.length, Math.max(8, (look.width ?? 80) - 50));
  return [
    { head: "what", cell: ([, label]) => label },
    {
      head: "total",
      cell: ([measure]) =>
        measure === "activeUsers" && isEstimate(report) ? `~${totals[measure]}` : `${totals[measure]}`,
      right: true,
    },
    // Whether more is better depends on what is counted, so no colour says so.
    { head: "trend", cell: ([measure]) => trendText(totals[measure], previous[measure]), right: true },
    ...(look.bars
      ? [
          {
            ...{ head: "by day", screen: 60 },
            cell: ([measure]: (typeof labels)[number]) =>
              sparkline(
                days.map((day) => Math.max(0, day[measure])),
                room,
              ),
          },
        ]
      : []),
  ];
}

/** Adjustments may be below 0, and then no ratio says anything. */
function trendText(count: number, previous: number): string {
  return count < 0 || previous < 0 ? "" : plain(trendOf(count, previous));
}

function dayColumns(report: StatsReport, { width }: StatsLook): Column<StatsReport["days"][number]>[] {
  const last = new Set<Measure>(["purchased", "granted", "adjusted"]);
  return [
    {
      head: "day",
      cell: ({ day }) => (width !== null && width < 60 ? day.slice("2026-".length) : day),
    },
    ...shownMeasures(report).map(([measure, , head]) => ({
      head,
      right: true,
      cell: (day: UserActivity) => `${day[measure]}`,
      screen: last.has(measure) ? 70 : 0,
    })),
  ];
}

function isEstimate({ totals }: StatsReport): boolean {
  return totals.activeUsers > 1_023;
}

function dayOf(iso: string): string {
  return iso.slice(0, "2026-11-25".length);
}

const columns = [
  ...(["day", "generations", "failures", "spent", "refunded"] as const),
  ...(["purchased", "granted", "adjusted", "active_users"] as const),
] as const;

/** The days as rows for csv and ndjson. */
export function statsRows({ days }: StatsReport): NonNullable<Result["list"]> {
  return { columns, rows: days.map(({ day, ...activity }) => ({ day, ...activityRow(activity) })) };
}

/** The same as JSON data. */
export function statsData(report: StatsReport): Record<string, unknown> {
  return {
    user_id: report.user?.id ?? null,
    since: report.since,
    until: report.until,
    previous_since: report.previousSince,
    totals: { ...activityRow(report.totals), active_users_estimated: isEstimate(report) },
    previous: activityRow(report.previous),
    days: statsRows(report).rows,
  };
}

function activityRow(activity: UserActivity): Row {
  const { activeUsers, generations, failures, spent, refunded, purchased, granted, adjusted } = activity;
  return {
    ...{ generations, failures, spent, refunded, purchased, granted, adjusted },
    active_users: activeUsers,
  };
}
