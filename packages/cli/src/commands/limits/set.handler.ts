import type { DatabaseClient } from "@vidops/core/database";
import { type ChangedRateLimitRule, listRateLimitRules, setRateLimitRule } from "@vidops/core/rate-limit";
import { act } from "../../act.ts";
import type { ActReport } from "../../act-report.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { formatDuration } from "../../durations.ts";
import { lookOf } from "../../output/look.ts";
import { limitWords } from "./limit-words.ts";
import { type RuleChange, rulesAfter, surprises } from "./rule-effects.ts";
import { type SetReport, setPlanView } from "./set.view.ts";
import type { SetInput } from "./set-input.ts";

/**
 * Sets a rule; its window is found where none was given.
 * @throws CommandError, VidopsError.
 */
export async function setRule(input: SetInput, session: CommandSession): Promise<SetReport> {
  const { action, per, tier, maxRequests } = input;
  const withEffects = (report: ActReport<RuleChange, ChangedRateLimitRule>): SetReport => ({
    ...report,
    ...effectsOf(report, session.context.now()),
  });
  const report = await act<RuleChange, ChangedRateLimitRule>(session, input, {
    actionType: "rate_limit_rule",
    name: "the change",
    find: async (db) => ({
      ...{ action, per, tier, maxRequests },
      windowSeconds: input.windowSeconds ?? (await onlyWindow(db, input)),
    }),
    send: (db, rule, options, seen) =>
      setRateLimitRule(db, { ...rule, expectedBefore: seen?.before, ...options }),
    plan: (plan) => setPlanView(withEffects(plan), lookOf(session, "stderr")),
    question: ({ target }) => questionOf(target),
  });
  return withEffects(report);
}

/** The rules after it, and what else changes: the database tells the rules as they are, which of a plan is before. */
function effectsOf(
  { target, answer }: ActReport<RuleChange, ChangedRateLimitRule>,
  now: Date,
): Pick<SetReport, "rules" | "notes"> {
  const { rules } = answer;
  if (!answer.changed) return { rules, notes: [] };
  const before = answer.dryRun ? rules : rulesAfter(rules, { ...target, maxRequests: answer.before }, now);
  const after = answer.dryRun ? rulesAfter(rules, target, now) : rules;
  return { rules: after, notes: surprises(before, after, target) };
}

function questionOf({ maxRequests, windowSeconds }: RuleChange): string {
  return maxRequests === null
    ? "Take this rule away?"
    : `Set it to ${limitWords(maxRequests, windowSeconds)}?`;
}

/**
 * The window of the one rule that can be meant.
 * @throws CommandError exit 2 when there is none, or several.
 */
async function onlyWindow(db: DatabaseClient, { action, per, tier }: SetInput): Promise<number> {
  const rules = await listRateLimitRules(db, { action });
  const [first, ...others] = rules.filter((rule) => rule.per === per && rule.tier === tier);
  if (first !== undefined && others.length === 0) return first.windowSeconds;
  const which = `per ${per} for ${tier === "any" ? "any tier" : `${tier} users`}`;
  if (first !== undefined) {
    const windows = [first, ...others].map(({ windowSeconds }) => formatDuration(windowSeconds));
    throw usageError(
      `--window is needed: ${action} has ${windows.length} rules ${which}.`,
      `Choose from ${windows.join(", ")}, or name another.`,
    );
  }
  const there = rules.map(
    (rule) => `per ${rule.per}, ${rule.tier}: ${limitWords(rule.maxRequests, rule.windowSeconds)}`,
  );
  throw usageError(
    `--window is needed: ${action} has no rule ${which} yet.`,
    there.length === 0 ? "For example: --window 1h" : `Its rules: ${there.join("; ")}.`,
  );
}
