import type { ChangedRateLimitRule } from "@vidops/core/rate-limit";
import { formatDuration } from "../../durations.ts";
import { type Block, type Document, fields, line, toned } from "../../output/document.ts";
import { nextCommand } from "../next-command.ts";
import { limitWords } from "./limit-words.ts";
import { type Look, ruleRow, rulesTable } from "./list.view.ts";
import type { RuleChange } from "./rule-effects.ts";

/** A rule that was set, or only looked at. */
export interface SetReport extends ChangedRateLimitRule {
  readonly rule: RuleChange;
  /** What else changes for users, in sentences. */
  readonly notes: readonly string[];
  readonly project: string;
  readonly reason: string;
  /** Who acts; null when the access token says it. */
  readonly actingAdmin: string | null;
}

/** What a change would do: before → after, and all rules of the action as they will be. */
export function setPlanView(plan: SetReport, look: Look): Document {
  return [
    line(toned(`Change a limit of ${plan.rule.action}`, "strong")),
    ...what(plan),
    ...notesOf(plan),
    ...rulesOf(plan, "Its rules will be", look),
  ];
}

/** What a change did, or would do on a dry run. */
export function setView(report: SetReport, look: Look): Document {
  const { rule, after, before } = report;
  if (!report.changed)
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
  if (report.dryRun)
    return [...setPlanView(report, look), line(toned("Dry run: nothing was changed.", "quiet"))];
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
    line(toned(`Recorded as admin action ${report.actionId}. The next request is judged by it.`, "quiet")),
    line(toned(`Take it back: ${nextCommand(inverse(rule, before), look.flags)}`, "quiet")),
  ];
}

/** The words of the command that brings the rule back as it was. */
function inverse({ action, per, tier, windowSeconds }: RuleChange, before: number | null): string[] {
  return [
    ...["limits", "set", action, "--per", per, "--tier", tier, "--window", formatDuration(windowSeconds)],
    ...(before === null ? ["--off"] : ["--max", `${before}`]),
    ...["--reason", "taken back"],
  ];
}

function what({ project, rule, before, after, reason, actingAdmin }: SetReport): Block[] {
  const side = (requests: number | null): string =>
    requests === null ? "none" : limitWords(requests, rule.windowSeconds);
  return [
    fields([
      ["project", project],
      ["rule", `${rule.action} per ${rule.per}, ${rule.tier === "any" ? "any tier" : `${rule.tier} users`}`],
      ["limit", before === after ? side(after) : `${side(before)} → ${side(after)}`],
      ["reason", reason],
      ["acting", actingAdmin ?? "the signed-in admin"],
    ]),
  ];
}

function notesOf({ notes }: SetReport): Block[] {
  return notes.map((note) => line(toned(note, "warning")));
}

function rulesOf({ rules }: SetReport, title: string, look: Look): Block[] {
  if (rules.length === 0) return [line(`${title}: none`)];
  return [line(`${title}:`), rulesTable(rules, look.width)];
}

/** The JSON data of a change. */
export function setData(report: SetReport): Record<string, unknown> {
  const { action, per, tier, windowSeconds } = report.rule;
  return {
    action_id: report.actionId,
    ...{ action, per, tier },
    window_seconds: windowSeconds,
    before: report.before,
    after: report.after,
    changed: report.changed,
    dry_run: report.dryRun,
    rules: report.rules.map(ruleRow),
    notes: report.notes,
    reason: report.reason,
    acting_admin: report.actingAdmin,
    project: report.project,
  };
}
