import type { LocalStatus, RunningStack } from "@vidops/local";
import { type Block, type Document, fields, line, table, toned } from "../../output/document.ts";

/** What a reset did, or would do. */
export interface ResetReport {
  readonly dataDir: string;
  /** Whether there was data to delete. */
  readonly removed: boolean;
  readonly stopped: readonly RunningStack[];
  readonly dryRun: boolean;
}

/** Which stacks run, for people. */
export function statusView({ running, stacks, dataDir, hasData }: LocalStatus): Document {
  return [
    running ? stackTable(stacks) : line("No local stack runs. Start one: vidops local start"),
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
export function resetPlanView({ dataDir, stopped }: ResetReport): Document {
  return [
    line(toned(`Delete the database in ${dataDir}`, "strong")),
    ...(stopped.length === 0
      ? []
      : [line(toned("It is in use and is stopped first:", "warning")), stackTable(stopped)]),
    line(toned("Deleted data cannot be brought back.", "quiet")),
  ];
}

/** What a reset did. */
export function resetView(report: ResetReport): Document {
  if (!report.removed) return [line(`Nothing to delete in ${report.dataDir}.`)];
  if (report.dryRun) return [...resetPlanView(report), line(toned("Dry run: nothing was deleted.", "quiet"))];
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

function stackTable(stacks: readonly RunningStack[]): Block {
  return table(
    ["url", "database port", "pid", "since (UTC)", "data"],
    stacks.map((stack) => [
      stack.url,
      `${stack.dbPort}`,
      `${stack.pid}`,
      stack.startedAt.slice(0, 19).replace("T", " "),
      stack.dataDir ?? "temporary",
    ]),
    [1, 2],
  );
}
