import type { DatabaseClient } from "@vidops/core/database";
import { type ChangedRateLimitRule, listRateLimitRules, setRateLimitRule } from "@vidops/core/rate-limit";
import { actingAdminId, requireActingAdmin } from "../../acting-admin.ts";
import { usageError } from "../../command-error.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { formatDuration } from "../../durations.ts";
import { askConsent, declined, requireConsent } from "../../prompts/consent.ts";
import { limitWords } from "./limit-words.ts";
import { rulesAfter, surprises } from "./rule-effects.ts";
import { sendChange } from "./send-change.ts";
import { type SetReport, setPlanView } from "./set.view.ts";
import type { SetInput } from "./set-input.ts";

/**
 * Sets a rule: finds its window, shows and asks unless consent was given, and sends one request that writes. What is so
 * already is done: then nobody is asked.
 * @throws CommandError, VidopsError.
 */
export async function setRule(input: SetInput, session: CommandSession): Promise<SetReport> {
  const consent = requireConsent(session, input.dryRun);
  const plan = planConnection(session, "person");
  const admin = requireActingAdmin(session, plan);
  const db = await openDatabase(session, plan);
  const { action, per, tier, maxRequests, reason } = input;
  const [adminUserId, windowSeconds] = await Promise.all([
    actingAdminId(db, admin),
    input.windowSeconds ?? onlyWindow(db, input),
  ]);
  const rule = { action, per, tier, windowSeconds, maxRequests };
  const request = { ...rule, reason, adminUserId, runId: session.runId };
  const report = (
    answer: ChangedRateLimitRule,
    rules = answer.rules,
    notes: readonly string[] = [],
  ): SetReport => ({
    ...answer,
    ...{ rule, rules, notes, reason, project: plan.project, actingAdmin: admin?.value ?? null },
  });

  // Looked at also where consent was given: it tells what else changes for users.
  const preview = await setRateLimitRule(db, { ...request, dryRun: true });
  const after = rulesAfter(preview.rules, rule, session.context.now());
  const notes = surprises(preview.rules, after, rule);
  const foreseen = report({ ...preview, dryRun: input.dryRun }, after, notes);
  if (consent === "dry-run" || !preview.changed) return foreseen;
  if (consent === "ask") {
    const { stderr } = session.context;
    await session.output.say(setPlanView(foreseen, { width: stderr.columns ?? null, flags: session.flags }));
    if (!(await askConsent(session, questionOf(foreseen)))) throw declined();
  }
  const done = await sendChange(session, "the change", () => setRateLimitRule(db, request));
  return report(done, done.rules, notes);
}

function questionOf({ rule: { maxRequests, windowSeconds } }: SetReport): string {
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
