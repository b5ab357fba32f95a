import type { ErrorGroup, TopErrors } from "@vidops/core/error-log";
import { type Column, columnsTable } from "../../output/columns.ts";
import type { Block, Text } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";
import { sparkline } from "../../output/sparkline.ts";
import { codeText } from "./error-rows.ts";
import { trendOf } from "./trend.ts";

/** A group, with what the newest of alike errors says. */
export interface RankedGroup extends ErrorGroup {
  readonly summary: string | null;
}

export interface TopReport extends TopErrors {
  readonly groups: RankedGroup[];
  /** A code's name in the catalogue; null for one of an app. */
  readonly nameOf: (code: string) => string | null;
}

/** For whom a ranking is drawn. */
export interface TopLook extends Look {
  /** Whether bars are drawn, one for each slot of time. */
  readonly bars: boolean;
}

/** Characters of bars on a wide screen, and on another. */
const barsWidth = { wide: 25, narrow: 13 } as const;

/** Whether the period before was counted in full; if not, nothing can be said of a trend. */
export function comparable({ countedSince, previousSince }: TopErrors): boolean {
  return countedSince === null || Date.parse(countedSince) <= Date.parse(previousSince);
}

/** The groups as a table. */
export function groupsTable(report: TopReport, look: TopLook): Block {
  const summaries = report.groups.some(({ summary }) => summary !== null);
  return columnsTable(
    [...nameColumns(report, look), ...numberColumns(report, look), ...(summaries ? [summaryColumn] : [])],
    report.groups,
    look.width,
  );
}

const summaryColumn: Column<RankedGroup> = {
  head: "summary",
  cell: ({ summary }) => summary ?? "",
  minimum: 20,
};

function wide({ width }: TopLook): boolean {
  return width === null || width >= 120;
}

/** What names a group. */
function nameColumns({ by, nameOf }: TopReport, look: TopLook): Column<RankedGroup>[] {
  const code = { head: "code", cell: (group: RankedGroup): Text => codeText(group.code ?? "") };
  const endpoint: Column<RankedGroup> = {
    head: "endpoint",
    cell: (group) => group.endpoint ?? "",
    minimum: wide(look) ? 30 : 14,
    keep: "end",
    screen: by === "endpoint" ? 0 : 80,
  };
  if (by === "code")
    return [code, { head: "name", cell: (group) => nameOf(group.key) ?? "", shortMinimum: 8 }];
  if (by === "endpoint") return [endpoint];
  return [
    { head: "fingerprint", cell: (group) => group.key, shortMinimum: 8 },
    { ...code, screen: 80 },
    endpoint,
  ];
}

/** How often and when. For alike errors a screen's room is for what they say: bars tell when, and a share is left out. */
function numberColumns(report: TopReport, look: TopLook): Column<RankedGroup>[] {
  const { groups, total, by } = report;
  const trends = groups.map(({ count, previousCount }) =>
    trendOf(count, comparable(report) ? previousCount : null),
  );
  const room = wide(look) ? barsWidth.wide : barsWidth.narrow;
  const terse = by === "fingerprint";
  const when: Column<RankedGroup> = {
    head: "when",
    cell: ({ slots }) => sparkline(slots, room),
    screen: terse ? 100 : 60,
  };
  return [
    { head: "count", cell: ({ count }) => `${count}`, right: true },
    {
      head: "share",
      cell: ({ count }) => share(count, total),
      right: true,
      screen: terse ? Number.POSITIVE_INFINITY : 60,
    },
    { head: "trend", cell: (_, at) => trends[at] ?? "", right: true },
    ...(look.bars ? [when] : []),
    timeColumn("last seen", ({ lastSeen }) => lastSeen, groups, look.zone, {
      screen: terse ? Number.POSITIVE_INFINITY : 100,
    }),
  ];
}

function share(count: number, total: number): string {
  if (total <= 0 || count === 0) return "0 %";
  const percent = (count / total) * 100;
  return percent < 1 ? "<1 %" : `${Math.round(percent)} %`;
}
