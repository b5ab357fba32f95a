import type { ChangedRateLimitRule, RateLimitRule } from "@vidops/core/rate-limit";
import type { ActReport } from "../../act-report.ts";
import { actData, actRows, answerData, dryRunLines, recordedLines } from "../../act-view.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import type { Look } from "../../output/look.ts";
import { limitWords } from "./limit-words.ts";
import { ruleRow, rulesTable } from "./list.view.ts";
import type { RuleChange } from "./rule-effects.ts";

/** A rule that was set, or only looked at. */
export interface SetReport extends ActReport<RuleChange, ChangedRateLimitRule> {
  /** All rules of the action, as they are or would be after it. */
  readonly rules: readonly RateLimitRule[];
  /** What else changes for users, in sentences. */
  readonly notes: readonly string[];
}

/** What a change would do: before → after, and all rules of the action as they will be. */
export function setPlanView(plan: SetReport, look: Look): Document {
  return [
    line(toned(`Change a limit of ${plan.target.action}`, "strong")),
    ...what(plan),
    ...notesOf(plan),
    ...rulesOf(plan, "Its rules will be", look),
  ];
}

/** What a change did, or would do on a dry run. */
export function setView(report: SetReport, look: Look): Document {
  const { target: rule, answer } = report;
  const { after } = answer;
  if (!answer.changed)
    return [
      line(
        toned(
          after === null
            ? `There is no such rule of ${rule.action}: nothing was changed.`
            : `${rule.action} is limited so already: nothing was changed.`,
          "good",
        ),
      ),
      ...what(report),
      ...rulesOf(report, "Its rules", look),
    ];
  if (answer.dryRun) return [...setPlanView(report, look), ...dryRunLines(report)];
  return [
    line(
      toned(
        after === null
          ? `Took a limit of ${rule.action} away`
          : `${rule.action} is limited to ${limitWords(after, rule.windowSeconds)}`,
        "good",
      ),
    ),
    ...what(report),
    ...notesOf(report),
    ...rulesOf(report, "Its rules now", look),
    line(toned("The next request is judged by it.", "quiet")),
    ...recordedLines(report, look),
  ];
}

function what(report: SetReport): Block[] {
  const { project, target: rule, answer } = report;
  const { before, after } = answer;
  const side = (requests: number | null): string =>
    requests === null ? "none" : limitWords(requests, rule.windowSeconds);
  return [
    fields([
      ["project", project],
      ["rule", `${rule.action} per ${rule.per}, ${rule.tier === "any" ? "any tier" : `${rule.tier} users`}`],
      ["limit", before === after ? side(after) : `${side(before)} → ${side(after)}`],
      ...actRows(report),
    ]),
  ];
}

function notesOf({ notes }: SetReport): Block[] {
  return notes.map((note) => line(toned(note, "warning")));
}

function rulesOf({ rules }: SetReport, title: string, look: Look): Block[] {
  if (rules.length === 0) return [line(`${title}: none`)];
  return [line(`${title}:`), rulesTable(rules, look)];
}

/** The JSON data of a change. */
export function setData(report: SetReport): Record<string, unknown> {
  const { target, answer } = report;
  const { action, per, tier, windowSeconds } = target;
  return {
    ...answerData(report),
    ...{ action, per, tier },
    window_seconds: windowSeconds,
    before: answer.before,
    after: answer.after,
    rules: report.rules.map(ruleRow),
    notes: report.notes,
    ...actData(report),
  };
}
