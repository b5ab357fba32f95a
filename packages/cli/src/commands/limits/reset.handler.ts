import { type ResetRateLimits, resetRateLimits } from "@vidops/core/rate-limit";
import { act } from "../../act.ts";
import type { ActInput } from "../../act-options.ts";
import type { CommandSession } from "../../command-session.ts";
import { lookOf } from "../../output/look.ts";
import { type ResetReport, resetPlanView } from "./reset.view.ts";
import { findSubject, type Subject, type SubjectReference } from "./subject.ts";

export interface ResetInput extends ActInput {
  readonly reference: SubjectReference;
  readonly action: string;
}

/**
 * Resets what was counted. Nothing to forget is done: then nobody is asked.
 * @throws CommandError, VidopsError.
 */
export async function resetLimits(input: ResetInput, session: CommandSession): Promise<ResetReport> {
  const { action } = input;
  const report = await act<Subject, ResetRateLimits>(session, input, {
    actionType: "rate_limit_reset",
    name: "the reset",
    find: (db) => findSubject(db, input.reference),
    send: (db, { per, key }, options) => resetRateLimits(db, { action, per, subject: key, ...options }),
    plan: (plan) => resetPlanView({ ...plan, action }, lookOf(session, "stderr")),
    question: () => "Forget what was counted?",
  });
  return { ...report, action };
}
