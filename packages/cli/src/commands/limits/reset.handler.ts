import { type ResetRateLimits, resetRateLimits } from "@vidops/core/rate-limit";
import { actingAdminId, requireActingAdmin } from "../../acting-admin.ts";
import type { CommandSession } from "../../command-session.ts";
import { openDatabase, planConnection } from "../../connection.ts";
import { askConsent, declined, requireConsent } from "../../prompts/consent.ts";
import { type ResetReport, resetPlanView } from "./reset.view.ts";
import { sendChange } from "./send-change.ts";
import { findSubject, type SubjectReference } from "./subject.ts";

export interface ResetInput {
  readonly reference: SubjectReference;
  readonly action: string;
  readonly reason: string;
  readonly dryRun: boolean;
}

/**
 * Resets: looks up who is meant, shows and asks unless consent was given, and sends one request that writes. Nothing to
 * forget is done: then nobody is asked.
 * @throws CommandError, VidopsError.
 */
export async function resetLimits(input: ResetInput, session: CommandSession): Promise<ResetReport> {
  const consent = requireConsent(session, input.dryRun);
  const plan = planConnection(session, "person");
  const admin = requireActingAdmin(session, plan);
  const db = await openDatabase(session, plan);
  const [adminUserId, subject] = await Promise.all([
    actingAdminId(db, admin),
    findSubject(db, input.reference),
  ]);
  const { action, reason } = input;
  const request = {
    ...{ action, reason, adminUserId, runId: session.runId },
    per: subject.per,
    subject: subject.key,
  };
  const report = (reset: ResetRateLimits): ResetReport => ({
    ...reset,
    ...{ subject, action, reason, project: plan.project, actingAdmin: admin?.value ?? null },
  });
  if (consent !== "given") {
    const preview = await resetRateLimits(db, { ...request, dryRun: true });
    if (consent === "dry-run" || preview.cleared.length === 0)
      return report({ ...preview, dryRun: input.dryRun });
    const { stderr } = session.context;
    await session.output.say(
      resetPlanView(report(preview), { width: stderr.columns ?? null, flags: session.flags }),
    );
    if (!(await askConsent(session, "Forget what was counted?"))) throw declined();
  }
  return report(await sendChange(session, "the reset", () => resetRateLimits(db, request)));
}
