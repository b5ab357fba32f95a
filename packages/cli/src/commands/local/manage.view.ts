import type { LocalStatus, RunningStack } from "@vidops/local";
import { columnsTable } from "../../output/columns.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { timeColumn } from "../../output/local-time.ts";
import type { Look } from "../../output/look.ts";

/** What a reset did, or would do. */
export interface ResetReport {
  readonly dataDir: string;
  /** Whether there was data to delete. */
  readonly removed: boolean;
  readonly stopped: readonly RunningStack[];
  readonly dryRun: boolean;
}

/** Which stacks run, for people. */
export function statusView({ running, stacks, dataDir, hasData }: LocalStatus, look: Look): Document {
  return [
    running ? stackTable(stacks, look) : line("No local stack runs. Start one: vidops local start"),
    fields([["data folder", `${dataDir}${hasData ? "" : " (empty)"}`]]),
  ];
}

/** The same as JSON data. */
export function statusData({ running, stacks, dataDir, hasData }: LocalStatus): Record<string, unknown> {
  return { running, stacks: stacksData(stacks), data_dir: dataDir, has_data: hasData };
}

/** What was stopped. */
export function stoppedView(stopped: readonly RunningStack[]): Document {
  if (stopped.length === 0) return [line("Nothing to stop: no such local stack runs.")];
  return stopped.map((stack) => line(toned(`Stopped ${stack.url} (pid ${stack.pid}).`, "good")));
}

/** What a reset would delete. */
export function resetPlanView({ dataDir, stopped }: ResetReport, look: Look): Document {
  return [
    line(toned(`Delete the database in ${dataDir}`, "strong")),
    ...(stopped.length === 0
      ? []
      : [line(toned("It is in use and is stopped first:", "warning")), stackTable(stopped, look)]),
    line(toned("Deleted data cannot be brought back.", "quiet")),
  ];
}

/** What a reset did. */
export function resetView(report: ResetReport, look: Look): Document {
  if (!report.removed) return [line(`Nothing to delete in ${report.dataDir}.`)];
  if (report.dryRun)
    return [...resetPlanView(report, look), line(toned("Dry run: nothing was deleted.", "quiet"))];
  return [line(toned(`Deleted the database in ${report.dataDir}.`, "good"))];
}

/** Running stacks as JSON data. */
export function stacksData(stacks: readonly RunningStack[]): Record<string, unknown>[] {
  return stacks.map((stack) => ({
    pid: stack.pid,
    url: stack.url,
    port: stack.port,
    db_port: stack.dbPort,
    data_dir: stack.dataDir,
    started_at: stack.startedAt,
  }));
}

function stackTable(stacks: readonly RunningStack[], { width, zone }: Look): Block {
  return columnsTable(
    [
      { head: "url", cell: ({ url }) => url },
      { head: "database port", cell: ({ dbPort }) => `${dbPort}`, right: true, screen: 60 },
      { head: "pid", cell: ({ pid }) => `${pid}`, right: true },
      timeColumn("since", ({ startedAt }) => startedAt, stacks, zone, { screen: 60 }),
      { head: "data", cell: ({ dataDir }) => dataDir ?? "temporary", minimum: 9, keep: "end" },
    ],
    stacks,
    width,
  );
}
