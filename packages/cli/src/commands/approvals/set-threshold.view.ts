import type { ChangedThreshold, ThresholdName } from "@vidops/core/admin";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { credits } from "../../output/credit-text.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";

/** A threshold that was set, or only looked at. */
export type ThresholdReport = ActReport<ThresholdName, ChangedThreshold>;

/** What a change of a threshold would do. */
export function thresholdPlanView(plan: ThresholdReport): Document {
  return [line(toned(`Change the threshold ${plan.target}`, "strong")), what(plan), ...meaning(plan)];
}

/** What a change did, or would do on a dry run. */
export function setThresholdView(report: ThresholdReport, look: Look): Document {
  const { answer, target } = report;
  if (!answer.changed)
    return [line(toned(`The threshold ${target} is so already: nothing was changed.`, "good")), what(report)];
  if (answer.dryRun) return [...thresholdPlanView(report), ...dryRunLines(report)];
  return [
    line(
      toned(
        answer.after === null
          ? `Removed the threshold ${target}`
          : `Above ${credits(answer.after)}, ${scopeOf(target)} needs a second admin`,
        "good",
      ),
    ),
    what(report),
    ...recordedLines(report, look),
  ];
}

function what(report: ThresholdReport): Block {
  const { answer, project, target } = report;
  const side = (amount: number | null): string => (amount === null ? "none" : `${amount}`);
  return fields([
    ["project", project],
    [
      target,
      answer.before === answer.after ? side(answer.after) : `${side(answer.before)} → ${side(answer.after)}`,
    ],
    ...actRows(report),
  ]);
}

function meaning({ answer, target }: ThresholdReport): Block[] {
  if (answer.after === null || !answer.changed) return [];
  return [
    line(`Above ${credits(answer.after)}, ${scopeOf(target)} becomes a request that another admin decides.`),
  ];
}

function scopeOf(name: ThresholdName): string {
  return name === "act_credits" ? "one refund or adjustment" : "what one admin moves in 24 hours";
}

/** The JSON data of a change. */
export function setThresholdData(report: ThresholdReport): Record<string, unknown> {
  const { answer } = report;
  return {
    ...answerData(report),
    name: answer.name,
    before: answer.before,
    after: answer.after,
    ...actData(report),
  };
}
